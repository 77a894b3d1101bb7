"""Asks language models in turn until one answers in the required form, within the run's budget.

Without a model, without money or without an answer the result is None, and whoever asks goes on as
if there were no models: they advise, and nothing depends on them.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, TypeVar, cast

import yaml

from argus.kernel.cache import Cache
from argus.kernel.errors import JsonValue
from argus.kernel.ids import OrganizationId
from argus.kernel.schema import Value
from argus.services.qa.language_models.budget import Budget, BudgetSpent
from argus.services.qa.language_models.question import Question
from argus.services.qa.language_models.settings import (
    Access,
    ModelSettings,
    Provider,
    Strategy,
)

if TYPE_CHECKING:  # these take a second to import, which only who asks a model is to spend
    from langchain_core.messages import AIMessage

    from argus.services.qa.language_models.chat import Chat

MODEL_ASKED = "model_asked"
"""The event of each call."""
FAILURES = 3
"""So many in a row, and a model is left out for `REST_S`."""
REST_S = 60.0

A = TypeVar("A", bound=Value)
Tell = Callable[[str, Mapping[str, object]], Awaitable[None]]


class _NoAnswer(Exception):
    """No model that could be asked gave an answer that could be used."""


@dataclass(frozen=True)
class Candidate:
    """A model that may be asked."""

    provider: Provider
    model: str
    access: Access

    @property
    def name(self) -> str:
        return f"{self.provider}:{self.model}"

    def usd(self, input_tokens: int, output_tokens: int) -> float:
        """What a call costs; nothing, on a machine of one's own."""
        if self.provider is Provider.LOCAL:
            return 0.0
        from genai_prices import Usage, calc_price  # noqa: PLC0415 - see above

        usage = Usage(input_tokens=input_tokens, output_tokens=output_tokens)
        return float(calc_price(usage, self.model, provider_id=self.provider).total_price)


class ModelRouter:
    """The models of this process; each is opened when it is first asked."""

    def __init__(
        self,
        settings: ModelSettings,
        answers: Cache[str],
        elapsed_s: Callable[[], float],
    ) -> None:
        self._settings, self._answers, self._elapsed_s = settings, answers, elapsed_s
        self.candidates = _candidates(settings)
        self._failures = dict.fromkeys((each.name for each in self.candidates), 0)
        self._rests_until_s: dict[str, float] = {}
        self._chat = lru_cache(self._open)

    @property
    def run_budget_usd(self) -> float:
        return self._settings.run_budget_usd

    async def ask(
        self, question: Question[A], organization: OrganizationId, budget: Budget, tell: Tell
    ) -> A | None:
        """The answer, which the same question of the organization has for a day; or None.

        Every call is told as `model_asked`: task, model, tokens, price, and why it failed.
        """
        if not self.candidates:
            return None
        try:
            answered = await self._answers.get(
                organization, question.digest, lambda: self._find(question, budget, tell)
            )
        except _NoAnswer:
            return None
        return question.answer.model_validate_json(answered)

    async def _find(self, question: Question[A], budget: Budget, tell: Tell) -> str:
        for candidate in self.candidates:
            if self._rests_until_s.get(candidate.name, 0) > self._elapsed_s():
                continue
            worst_usd = candidate.usd(question.most_input_tokens, question.max_output_tokens)
            try:
                with budget.book(worst_usd) as booking:
                    answer, told = await self._try(candidate, question)
                    if "usd" in told:
                        booking.usd = cast("float", told["usd"])
                    told = {
                        "task": question.task,
                        "model": candidate.name,
                        "usd": booking.usd,
                    } | told
            except BudgetSpent:
                continue  # a cheaper one may be next
            asked = {"task": question.task, "model": candidate.name, "usd": booking.usd}
            await tell(MODEL_ASKED, asked | told)
            self._note(candidate.name, failed=answer is None)
            if answer is not None:
                return answer.model_dump_json()
        raise _NoAnswer

    async def _try(
        self, candidate: Candidate, question: Question[A]
    ) -> tuple[A | None, dict[str, JsonValue]]:
        """One call: its answer, if any, and what is known of it."""
        # Importing a provider's library takes seconds, which nobody else is to wait for.
        asked = await asyncio.to_thread(self._chat, candidate, question.max_output_tokens)
        form = asked.model.with_structured_output(
            question.answer, method=asked.method, include_raw=True
        )
        try:
            async with asyncio.timeout(self._settings.timeout_s):
                replied = cast("dict[str, Any]", await form.ainvoke(question.messages))
        except TimeoutError:
            return None, {"failed": f"no answer within {self._settings.timeout_s:g} s"}
        except asked.failures as error:
            return None, {"failed": type(error).__name__}
        raw, answer = cast("AIMessage", replied["raw"]), replied["parsed"]
        told: dict[str, JsonValue] = {}
        if raw.usage_metadata is not None:
            tokens = raw.usage_metadata["input_tokens"], raw.usage_metadata["output_tokens"]
            told = {
                "input_tokens": tokens[0],
                "output_tokens": tokens[1],
                "usd": candidate.usd(*tokens),
            }
        if not isinstance(answer, question.answer):
            return None, told | {"failed": "the answer is not of the required form"}
        return answer, told

    def _note(self, name: str, *, failed: bool) -> None:
        self._failures[name] = self._failures[name] + 1 if failed else 0
        if self._failures[name] >= FAILURES:
            self._failures[name] = 0
            self._rests_until_s[name] = self._elapsed_s() + REST_S

    def _open(self, candidate: Candidate, max_output_tokens: int) -> "Chat":
        from argus.services.qa.language_models.chat import chat  # noqa: PLC0415 - see above

        return chat(
            candidate.provider,
            candidate.model,
            candidate.access,
            timeout_s=self._settings.timeout_s,
            max_output_tokens=max_output_tokens,
        )


@dataclass(frozen=True)
class RunAdvisor:
    """The models, as one run may ask them; see `advisor.Advisor`."""

    router: ModelRouter
    organization: OrganizationId
    budget: Budget
    tell: Tell

    async def ask(self, question: Question[A]) -> A | None:
        """See `ModelRouter.ask`."""
        return await self.router.ask(question, self.organization, self.budget, self.tell)


def _candidates(settings: ModelSettings) -> tuple[Candidate, ...]:
    """Those of the strategy that can be reached, in its order."""
    chosen: list[Candidate] = []
    for entry in _strategies()[settings.strategy]:
        name, _, model = entry.partition(":")
        provider = Provider(name)
        access = settings.access(provider)
        if access is not None:
            chosen.append(Candidate(provider, model or access.model, access))
    return tuple(chosen)


@cache
def _strategies() -> dict[Strategy, list[str]]:
    text = files(__package__ or "").joinpath("strategies.yaml").read_text(encoding="utf-8")
    return {Strategy(name): models for name, models in yaml.safe_load(text).items()}
