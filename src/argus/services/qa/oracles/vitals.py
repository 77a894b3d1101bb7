"""Core Web Vitals of a page as this browser saw it, against a budget.

Largest contentful paint, cumulative layout shift (the worst window of 5 s, as web.dev/cls defines
it), and for interaction to next paint its proxy: the slowest interaction that discovery made.
They are measured on the worker: a busy one makes an application look slower than it is.
"""

from collections.abc import Iterator
from typing import ClassVar

from argus.kernel.schema import Value
from argus.services.qa.agent import Agent
from argus.services.qa.oracles.defect import Defect
from argus.services.qa.outcome import Severity
from argus.services.qa.urls import url_template


class Vitals(Value):
    """Figures of one document; 0 where there was nothing to measure."""

    lcp_ms: int
    cls: float
    inp_ms: int


class VitalsBudget(Value):
    """The most that is accepted; by default where web.dev's "poor" begins."""

    lcp_ms: int = 4000
    cls: float = 0.25
    inp_ms: int = 500


class Measured(Value):
    """The vitals of the document at a URL."""

    url: str
    vitals: Vitals


class PerformanceAnalyzer(Agent[Measured, list[Defect]]):
    """Finds documents that are slower than their budget, or jump more."""

    name: ClassVar[str] = "PerformanceAnalyzer"

    def __init__(self, allowed: VitalsBudget) -> None:
        self._allowed = allowed

    async def work(self, given: Measured, budget_s: float) -> list[Defect]:  # noqa: ARG002 - takes microseconds
        """One for each figure beyond its budget."""
        return list(over_budget(given.vitals, self._allowed, given.url))


def over_budget(vitals: Vitals, budget: VitalsBudget, url: str) -> Iterator[Defect]:
    """A defect for each figure beyond its budget."""
    measures = (
        ("slow_paint", vitals.lcp_ms, budget.lcp_ms, "ms until the main content is painted"),
        ("layout_shift", vitals.cls, budget.cls, "of the window jumps while the page loads"),
        ("slow_interaction", vitals.inp_ms, budget.inp_ms, "ms until a press shows an effect"),
    )
    for kind, measured, allowed, what in measures:
        if measured > allowed:
            yield Defect(
                kind=kind,
                severity=Severity.LOW,
                url=url,
                message=f"{measured:g} {what}, where {allowed:g} are the budget",
                signature=url_template(url),
            )
