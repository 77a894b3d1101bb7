"""How steady a test has been: what its latest outcomes say of the next one.

A beta-binomial estimate with exponential forgetting: each outcome that contradicts its neighbours,
or contradicted itself in a rerun, counts for an unsteady test, less the older it is. A test that
fails each time is not unsteady but broken. What the environment did says nothing of a test.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from itertools import takewhile
from typing import ClassVar

from argus.kernel.schema import Value
from argus.services.qa.agent import Agent
from argus.services.qa.outcome import Category, TestStatus

FORGETTING = 0.9
"""What an outcome counts of the one after it."""
UNSTEADY_BEFORE, STEADY_BEFORE = 1.0, 19.0
"""The prior: of 20 outcomes of a test that nothing is known of, one is unsteady."""
FLAKY_FROM = 0.1
BROKEN_AFTER = 3
"""So many failures without a pass since."""

FAILING = frozenset({TestStatus.FAILED, TestStatus.FLAKY})
_SILENT = frozenset({Category.ENVIRONMENT, Category.DATA})


class Outcome(Value):
    """What a test came to in a run."""

    status: TestStatus
    category: Category | None = None


History = Mapping[str, Sequence[Outcome]]
"""By test id, the outcomes in its latest runs, the newest first."""


class Steadiness(StrEnum):
    """What the past of a test says of it."""

    HEALTHY = "healthy"
    SUSPECT = "suspect"
    FLAKY = "flaky"
    BROKEN = "broken"


class Record(Value):
    """The past of a test in figures; `probability` is that its next outcome is unsteady."""

    runs: int
    failures: int
    probability: float
    steadiness: Steadiness

    @property
    def failing(self) -> float:
        """The share of runs that failed."""
        return round(self.failures / self.runs, 4) if self.runs else 0.0

    def __str__(self) -> str:
        """For people."""
        counted = f"it failed in {self.failures} of its last {self.runs} runs"
        if self.steadiness is Steadiness.FLAKY:
            return f"{counted}, now and then: {self.probability:.0%} of its results are unsteady"
        return f"{counted}, lately each time" if self.steadiness is Steadiness.BROKEN else counted


class FlakyDetector(Agent[History, Mapping[str, Record]]):
    """Tells tests that cannot be relied upon from those that found something."""

    name: ClassVar[str] = "FlakyDetector"

    async def work(self, given: History, budget_s: float) -> Mapping[str, Record]:  # noqa: ARG002 - takes milliseconds
        """The record of each test that has a past."""
        return {test: found for test, past in given.items() if (found := record_of(past)).runs}


def record_of(outcomes: Sequence[Outcome]) -> Record:
    """The record of a test, from its outcomes, the newest first."""
    told = [
        each
        for each in outcomes
        if each.status is not TestStatus.SKIPPED and each.category not in _SILENT
    ]
    failed = [each.status in FAILING for each in told]
    unsteady, total = UNSTEADY_BEFORE, UNSTEADY_BEFORE + STEADY_BEFORE
    contradictions = 0
    for age, each in enumerate(told):
        contradicts = each.status is TestStatus.FLAKY or _is_alone(failed, age)
        contradictions += contradicts
        unsteady += contradicts * FORGETTING**age
        total += FORGETTING**age
    probability = round(unsteady / total, 4)
    lately = takewhile(lambda each: each.status is TestStatus.FAILED, told)
    if len(list(lately)) >= BROKEN_AFTER:
        steadiness = Steadiness.BROKEN
    elif contradictions and probability >= FLAKY_FROM:
        steadiness = Steadiness.FLAKY
    elif contradictions:
        steadiness = Steadiness.SUSPECT
    else:
        steadiness = Steadiness.HEALTHY
    return Record(
        runs=len(told), failures=sum(failed), probability=probability, steadiness=steadiness
    )


def _is_alone(failed: Sequence[bool], age: int) -> bool:
    """Whether it failed between two passes; the newest failure may be the first of many."""
    between = 0 < age < len(failed) - 1
    return between and failed[age] and not failed[age - 1] and not failed[age + 1]
