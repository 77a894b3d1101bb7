"""What an agent is: one kind of work of a run, with its input, its output, a budget and a cost.

Each does its work without a language model; where one is configured, some ask it, and check what it
answers. Which there are, and where, stands in this service's README.
"""

import asyncio
from abc import ABC, abstractmethod
from typing import ClassVar, Generic, TypeVar

from argus.kernel.schema import Value

Given = TypeVar("Given")
Made = TypeVar("Made")


class Agent(ABC, Generic[Given, Made]):
    """One kind of work; `Given` is what it takes, `Made` what it makes of it."""

    name: ClassVar[str]
    asks: ClassVar[frozenset[str]] = frozenset()
    """The kinds of question (`Question.task`) that it may ask language models."""

    @abstractmethod
    async def work(self, given: Given, budget_s: float) -> Made:
        """Do it, in about this time at most: what is done by then counts."""


class Expense(Value):
    """What an agent cost a run. `seconds` are those of its last execution, all work added up."""

    agent: str
    seconds: float
    model_calls: int
    usd: float


class Ledger:
    """How long each agent of a run has worked."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    async def charge(self, agent: Agent[Given, Made], given: Given, budget_s: float) -> Made:
        """Let an agent work; its time counts also where it fails."""
        now = asyncio.get_running_loop().time
        began = now()
        try:
            return await agent.work(given, budget_s)
        finally:
            known = self.seconds.get(agent.name, 0.0)
            self.seconds[agent.name] = known + now() - began
