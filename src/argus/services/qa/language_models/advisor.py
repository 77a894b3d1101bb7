"""Whom a run asks; who plans, heals and judges needs to know no more of language models."""

from typing import Protocol, TypeVar

from argus.kernel.schema import Value
from argus.services.qa.language_models.question import Question

A = TypeVar("A", bound=Value)


class Advisor(Protocol):
    """The models, as one run may ask them."""

    async def ask(self, question: Question[A]) -> A | None:
        """An answer in the required form; None without a model, money or an answer."""
        ...
