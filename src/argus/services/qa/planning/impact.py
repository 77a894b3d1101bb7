"""Which tests to run first: those whose code changed lately, and those that failed before."""

from typing import ClassVar

from pydantic import Field

from argus.kernel.schema import Value
from argus.services.qa.agent import Agent
from argus.services.qa.ir import Test
from argus.services.qa.leads import NO_LEADS, Leads
from argus.services.qa.planning.priority import concerns


class Upcoming(Value):
    """The tests of a run, and what is known of their code and of their past."""

    tests: tuple[Test, ...]
    leads: Leads = NO_LEADS
    past_failures: dict[str, float] = Field(default_factory=dict[str, float])
    """By test id, the share of past runs in which it failed."""


class TestImpact(Agent[Upcoming, tuple[Test, ...]]):
    """Puts first what most likely fails, so that it is known soon, and in any case in time."""

    name: ClassVar[str] = "TestImpact"

    async def work(self, given: Upcoming, budget_s: float) -> tuple[Test, ...]:  # noqa: ARG002 - takes milliseconds
        """All of the tests. Of those equally likely to fail the longest come first: that way they
        are done soonest, a few at the same time (LPT, Graham 1969).
        """

        def rank(test: Test) -> tuple[float, int]:
            suspicion = given.leads.churn(*concerns(test)) + given.past_failures.get(test.id, 0)
            return -suspicion, -len(test.steps)

        return tuple(sorted(given.tests, key=rank))
