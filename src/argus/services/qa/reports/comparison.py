"""What changed between two runs of one application: a pure function of their results."""

from collections.abc import Iterable, Mapping, Sequence

from argus.kernel.schema import Value
from argus.services.qa.api.drift import Change, changes
from argus.services.qa.discovery.operation import Operation
from argus.services.qa.oracles.vitals import Vitals
from argus.services.qa.outcome import Category, Finding, RunReport, TestResult, TestStatus

_LOST_HEALTH = (TestStatus.FAILED, TestStatus.SKIPPED)
_LEAST_DELTA_MS = 100
"""Durations that differ by less are not told: two runs of one test always differ a little."""

_LEAST_PAINT_MS, _LEAST_SHIFT = 300, 0.05
"""What a page's vitals differ by less is the worker's doing."""


class ComparedPage(Value):
    """How quickly a page came in both runs; `page` is its URL template."""

    page: str
    before: Vitals
    after: Vitals

    @property
    def delta_ms(self) -> int:
        """How much later its main content was painted."""
        return self.after.lcp_ms - self.before.lcp_ms

    @property
    def is_news(self) -> bool:
        """Whether it is another half of the time and 0.3 s, or jumps by 0.05 more or less."""
        least_ms = max(_LEAST_PAINT_MS, self.before.lcp_ms / 2)
        shift = round(abs(self.after.cls - self.before.cls), 3)
        return abs(self.delta_ms) >= least_ms or shift >= _LEAST_SHIFT


class ComparedTest(Value):
    """A test in both runs, or in one (`before` or `after` is null)."""

    id: str
    name: str
    before: TestStatus | None
    after: TestStatus | None
    category: Category | None
    """Of the later run's failure, else of the earlier one's."""
    reason: str
    """What the later run says first of a test that failed; else empty."""
    delta_ms: int
    """How much longer it took; 0 where it ran in one of them only."""


class Comparison(Value):
    """What run `after` has that run `before` had not, and the reverse.

    A test is matched by its id. One that did not run counts as failing, for it is not a pass. Pages
    are URL templates, and null where one of the runs discovered nothing.
    """

    before: str
    after: str
    new_failures: tuple[ComparedTest, ...]
    fixed: tuple[ComparedTest, ...]
    still_failing: tuple[ComparedTest, ...]
    new_tests: tuple[ComparedTest, ...]
    lost_tests: tuple[ComparedTest, ...]
    durations: tuple[ComparedTest, ...]
    """Passing tests whose duration changed by 100 ms and a fifth or more, the slowest first."""
    vitals: tuple[ComparedPage, ...]
    """Pages of both runs that came later or earlier, or jump more or less; the slowest first."""
    new_pages: tuple[str, ...] | None
    lost_pages: tuple[str, ...] | None
    new_findings: tuple[Finding, ...]
    gone_findings: tuple[Finding, ...]
    api_changes: tuple[Change, ...] | None
    """How the API changed that both runs saw, breaking changes first; null where one saw none."""

    @property
    def worse(self) -> bool:
        """Whether the later run has a failure or a serious finding that the earlier one had not, or
        its API breaks those who used it before.
        """
        return (
            bool(self.new_failures)
            or any(finding.serious for finding in self.new_findings)
            or any(change.breaking for change in self.api_changes or ())
        )


def compare(
    before: RunReport,
    after: RunReport,
    pages_before: Iterable[str] | None,
    pages_after: Iterable[str] | None,
    api_before: Iterable[Operation] = (),
    api_after: Iterable[Operation] = (),
    vitals_before: Mapping[str, Vitals] | None = None,
    vitals_after: Mapping[str, Vitals] | None = None,
) -> Comparison:
    """The differences, the failures in the order of the later run. Vitals are by URL template."""
    old = {test.id: test for test in before.tests}
    new = {test.id: test for test in after.tests}
    both = [(old[key], test) for key, test in new.items() if key in old]
    known = pages_before is not None and pages_after is not None
    seen_before, seen_after = set(pages_before or ()), set(pages_after or ())
    old_api, new_api = tuple(api_before), tuple(api_after)
    return Comparison(
        before=before.run_id,
        after=after.run_id,
        new_failures=_of((a, b) for a, b in both if not _failing(a) and _failing(b)),
        fixed=_of((a, b) for a, b in both if _failing(a) and not _failing(b)),
        still_failing=_of((a, b) for a, b in both if _failing(a) and _failing(b)),
        new_tests=_of((None, test) for key, test in new.items() if key not in old),
        lost_tests=_of((test, None) for key, test in old.items() if key not in new),
        durations=tuple(
            sorted(_of((a, b) for a, b in both if _slower(a, b)), key=lambda test: -test.delta_ms)
        ),
        vitals=_vitals(vitals_before or {}, vitals_after or {}),
        new_pages=tuple(sorted(seen_after - seen_before)) if known else None,
        lost_pages=tuple(sorted(seen_before - seen_after)) if known else None,
        new_findings=_without(after.findings, before.findings),
        gone_findings=_without(before.findings, after.findings),
        api_changes=changes(old_api, new_api) if old_api and new_api else None,
    )


def _vitals(before: Mapping[str, Vitals], after: Mapping[str, Vitals]) -> tuple[ComparedPage, ...]:
    both = (
        ComparedPage(page=page, before=before[page], after=now)
        for page, now in after.items()
        if page in before
    )
    return tuple(sorted((e for e in both if e.is_news), key=lambda e: (-e.delta_ms, e.page)))


def _failing(test: TestResult) -> bool:
    return test.status in _LOST_HEALTH


def _slower(before: TestResult, after: TestResult) -> bool:
    delta_ms = abs(after.duration_ms - before.duration_ms)
    is_news = delta_ms >= max(_LEAST_DELTA_MS, before.duration_ms / 5)
    return is_news and not _failing(before) and not _failing(after)


def _of(pairs: Iterable[tuple[TestResult | None, TestResult | None]]) -> tuple[ComparedTest, ...]:
    return tuple(_compared(before, after) for before, after in pairs)


def _compared(before: TestResult | None, after: TestResult | None) -> ComparedTest:
    shown = after or before
    assert shown is not None  # a pair holds one at least
    explained = after if after is not None and after.category else before
    failing = after is not None and _failing(after)
    return ComparedTest(
        id=shown.id,
        name=shown.name,
        before=before.status if before else None,
        after=after.status if after else None,
        category=explained.category if explained else None,
        reason=shown.evidence[0].message if failing and shown.evidence else "",
        delta_ms=after.duration_ms - before.duration_ms if before and after else 0,
    )


def _without(findings: Sequence[Finding], others: Sequence[Finding]) -> tuple[Finding, ...]:
    known = {_key(finding) for finding in others}
    return tuple(finding for finding in findings if _key(finding) not in known)


def _key(finding: Finding) -> tuple[str, str, str]:
    return finding.kind, finding.url, finding.message
