"""The agent that tests APIs, apart from what takes long to import."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from argus.services.qa.agent import Agent
from argus.services.qa.outcome import TestResult


@dataclass(frozen=True)
class ApiTest:
    """A test of an API. `run` blocks, and raises nothing of the application's making."""

    id: str
    name: str
    run: Callable[[], TestResult]


class APITester(Agent[ApiTest, TestResult]):
    """Tests what an API answers, and to whom."""

    name: ClassVar[str] = "APITester"

    async def work(self, given: ApiTest, budget_s: float) -> TestResult:  # noqa: ARG002 - it has a deadline
        """What the test came to; it stops at the deadline of its session."""
        return await asyncio.to_thread(given.run)
