"""A measured figure: value, 95 % interval, target, and whether it is met. Pure functions.

Shares have Wilson's interval; what is no share (F1, ratios, times) the percentile interval of a
seeded bootstrap. A target is met by the value, not by the interval: the interval says how much that
is worth.
"""

import math
import random
import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, TypeVar

from argus.kernel.schema import Value

Unit = Literal["share", "score", "ratio", "ms", "per minute", "count"]

_RESAMPLES = 1000
_Case = TypeVar("_Case")


class Target(Value):
    """What a figure shall be."""

    at_least: float | None = None
    at_most: float | None = None

    def met_by(self, value: float) -> bool:
        return (self.at_least is None or value >= self.at_least) and (
            self.at_most is None or value <= self.at_most
        )


class Figure(Value):
    """One row of the table. `value` is null where it was not measured, which `sample` explains."""

    benchmark: str
    metric: str
    value: float | None
    low: float | None = None
    high: float | None = None
    unit: Unit = "share"
    target: Target | None = None
    sample: str
    """What was counted: `31 of 40 bugs`."""
    seed: int

    @property
    def met(self) -> bool | None:
        """None where there is no target or no value."""
        if self.target is None or self.value is None:
            return None
        return self.target.met_by(self.value)


class Measures:
    """Makes the figures of one benchmark."""

    def __init__(self, benchmark: str, seed: int) -> None:
        self._benchmark, self._seed = benchmark, seed

    def share(
        self, metric: str, count: int, total: int, what: str, target: Target | None = None
    ) -> Figure:
        """`count` of `total`, with Wilson's interval; not measured where `total` is 0."""
        if not total:
            return self.unmeasured(metric, f"there were no {what}", target=target)
        value, low, high = wilson(count, total)
        sample = f"{count} of {total} {what}"
        return self._figure(metric, value, low, high, "share", target, sample)

    def estimate(
        self,
        metric: str,
        cases: Sequence[_Case],
        statistic: Callable[[Sequence[_Case]], float],
        what: str,
        *,
        unit: Unit,
        target: Target | None = None,
    ) -> Figure:
        """A statistic of the cases, with its bootstrap interval."""
        if not cases:
            return self.unmeasured(metric, f"there were no {what}", unit=unit, target=target)
        low, high = bootstrap(cases, statistic, self._seed)
        value, sample = statistic(cases), f"{len(cases)} {what}"
        return self._figure(metric, value, low, high, unit, target, sample)

    def unmeasured(
        self, metric: str, why: str, *, unit: Unit = "share", target: Target | None = None
    ) -> Figure:
        return self._figure(metric, None, None, None, unit, target, f"not measured: {why}")

    def _figure(
        self,
        metric: str,
        value: float | None,
        low: float | None,
        high: float | None,
        unit: Unit,
        target: Target | None,
        sample: str,
    ) -> Figure:
        return Figure(
            benchmark=self._benchmark,
            metric=metric,
            value=value,
            low=low,
            high=high,
            unit=unit,
            target=target,
            sample=sample,
            seed=self._seed,
        )


def wilson(count: int, total: int) -> tuple[float, float, float]:
    """The share `count / total` and its 95 % interval (Wilson 1927); `total` is not 0."""
    p, z = count / total, statistics.NormalDist().inv_cdf(0.975)
    centre = (p + z * z / (2 * total)) / (1 + z * z / total)
    half = z * math.sqrt(p * (1 - p) / total + z * z / (4 * total * total)) / (1 + z * z / total)
    return p, centre - half if count else 0.0, centre + half if count < total else 1.0


def bootstrap(
    cases: Sequence[_Case], statistic: Callable[[Sequence[_Case]], float], seed: int
) -> tuple[float, float]:
    """The 95 % percentile interval of a statistic of the cases (Efron 1979)."""
    generator = random.Random(seed)
    values = sorted(statistic(generator.choices(cases, k=len(cases))) for _ in range(_RESAMPLES))
    return values[round(0.025 * (_RESAMPLES - 1))], values[round(0.975 * (_RESAMPLES - 1))]


def f1(found: int, wrong: int, missed: int) -> float:
    """The harmonic mean of precision and recall; 1 where there was nothing to find."""
    total = 2 * found + wrong + missed
    return 2 * found / total if total else 1.0


Pair = tuple[str, str]
"""The true class of a case, and the one it was given."""


def macro_f1(pairs: Sequence[Pair]) -> float:
    """The mean F1 of the classes that occur in truth."""
    classes = sorted({true for true, _ in pairs})
    return statistics.fmean(
        f1(
            sum(pair == (each, each) for pair in pairs),
            sum(given == each != true for true, given in pairs),
            sum(true == each != given for true, given in pairs),
        )
        for each in classes
    )


def confusion(pairs: Sequence[Pair]) -> Mapping[str, Mapping[str, int]]:
    """How often each true class was given each class."""
    columns = sorted({name for pair in pairs for name in pair})
    rows = sorted({true for true, _ in pairs})
    return {true: {each: pairs.count((true, each)) for each in columns} for true in rows}
