"""Reports to write: a failing run with heals, and its parts."""

import struct
import zlib
from pathlib import Path

from argus.services.qa.ir import Flow
from argus.services.qa.outcome import (
    Category,
    Cost,
    Difference,
    DiscoverySummary,
    Evidence,
    Finding,
    Heal,
    Recording,
    RunReport,
    RunStatus,
    Severity,
    TestResult,
    TestStatus,
    status_of,
)
from argus.services.qa.reports.timeline import Span, StepOutcome, StepSpan, TestSpan, Timeline

APP_URL = "http://127.0.0.1:8000/admin/"


def passed(number: int, flow: Flow = Flow.READ) -> TestResult:
    return TestResult(
        id=f"t{number}",
        name=f"Read book {number}: each record of the list opens its own page",
        flow=flow,
        status=TestStatus.PASSED,
        category=None,
        steps=4,
        duration_ms=1200 + 37 * number,
        heals=(),
        evidence=(),
    )


FAILED = TestResult(
    id="create-book",
    name="Create a book: it appears in its list and survives a reload",
    flow=Flow.CREATE,
    status=TestStatus.FAILED,
    category=Category.PRODUCT_BUG,
    steps=6,
    duration_ms=4210,
    heals=(),
    evidence=(
        Evidence(
            kind="expectation",
            message='step s6: no row shows "Roadside Picnic 7f3a" '
            "(expected: a created record appears in its list)",
            url=f"{APP_URL}library/book/",
            screenshot="create-book-s6.png",
        ),
        Evidence(kind="reason", message="the same step failed again in a rerun with other data"),
        Evidence(kind="reason", message="POST /library/book/add/ was answered 302, as on success"),
        Evidence(kind="trace", message="npx playwright show-trace create-book.trace.zip"),
    ),
    differences=(
        Difference(
            expected="a created record appears in its list",
            seen='no row shows "Roadside Picnic 7f3a"',
            url=f"{APP_URL}library/book/",
        ),
    ),
    recording=Recording(trace="create-book.trace.zip", film="create-book.film.png"),
)

HEALED = TestResult(
    id="update-book",
    name="Edit a book: the new value is there after a reload",
    flow=Flow.UPDATE,
    status=TestStatus.PASSED_HEALED,
    category=Category.LOCATOR_BREAK,
    steps=5,
    duration_ms=6120,
    heals=(
        Heal(
            step="s3",
            before='role=button "Save"',
            after='role=button "Save changes"',
            score=0.87,
            margin=0.31,
            proven=True,
            reasons=("same form, type and name attribute", "the words contain the old ones"),
        ),
        Heal(
            step="s2",
            before='css=[id="id_title"]',
            after='label="Book title:"',
            score=0.78,
            margin=0.42,
            proven=True,
            reasons=("same name attribute",),
        ),
    ),
    evidence=(Evidence(kind="heal", message="step s3: told above"),),
)

FLAKY = TestResult(
    id="search",
    name="Search authors: every row holds the words",
    flow=Flow.SEARCH,
    status=TestStatus.FLAKY,
    category=Category.FLAKE,
    steps=3,
    duration_ms=2950,
    heals=(),
    evidence=(Evidence(kind="reason", message="failed once, then passed in a new browser"),),
)

SKIPPED = TestResult(
    id="cancel",
    name="Leave the form: nothing is stored",
    flow=Flow.CANCEL,
    status=TestStatus.SKIPPED,
    category=None,
    steps=0,
    duration_ms=0,
    heals=(),
    evidence=(
        Evidence(kind="budget", message="the time budget was used up before the test ended"),
    ),
)

UNDECIDED = TestResult(
    id="delete-author",
    name="Delete an author: gone from the list, its address answers 404",
    flow=Flow.DELETE,
    status=TestStatus.FAILED,
    category=Category.DATA,
    steps=2,
    duration_ms=890,
    heals=(),
    evidence=(Evidence(kind="server_error", message="step s1: setup was answered 503"),),
)

FINDINGS = (
    Finding(
        kind="console_error",
        severity=Severity.LOW,
        url="/admin/library/",
        message="Failed to decode downloaded font",
        evidence=(),
    ),
    Finding(
        kind="server_error",
        severity=Severity.CRITICAL,
        url=f"{APP_URL}library/author/3/history/",
        message="GET /admin/library/author/{int}/history/ was answered 500",
        evidence=(Evidence(kind="link", message="linked from the author's page", url=APP_URL),),
    ),
    Finding(
        kind="broken_image",
        severity=Severity.MEDIUM,
        url=f"{APP_URL}library/book/1/change/",
        message="the image /static/cover.png does not show",
        evidence=(),
    ),
)

STEPS = ("open the list", 'click link "Add book"', 'fill "Title:"', 'choose "Author:"')


def report_of(
    *tests: TestResult, findings: tuple[Finding, ...] = (), status: RunStatus | None = None
) -> RunReport:
    return RunReport(
        run_id="run_01jd3v8m2h",
        app_url=APP_URL,
        status=status or status_of(tests, findings),
        seed=20261122,
        discovery=DiscoverySummary(pages=14, states=23, actions=118, forms=6, duration_s=8.4),
        tests=tests,
        findings=findings,
        cost=Cost(model_calls=0, usd=0),
        report="index.html",
    )


FAILING = report_of(
    passed(1), FAILED, HEALED, passed(2), FLAKY, SKIPPED, UNDECIDED, findings=FINDINGS
)


def timeline_of(report: RunReport, lanes: int = 2) -> Timeline:
    """Two workers, one test after the other."""
    start, free, spans = 9000, [9000] * lanes, list[TestSpan]()
    for test in report.tests:
        lane = free.index(min(free))
        begin, step = free[lane], max(test.duration_ms, 40) // 4
        free[lane] = begin + 4 * step + 60
        last = StepOutcome.FAILED if test.status is TestStatus.FAILED else StepOutcome.PASSED
        outcomes = [StepOutcome.PASSED] * 3 + [last]
        if test.heals:
            outcomes[1] = StepOutcome.HEALED
        steps = tuple(
            StepSpan(
                label=label,
                start_ms=begin + index * step,
                end_ms=begin + index * step + step // (4 - index),
                outcome=outcome,
                screenshot="create-book-s6.png" if outcome is StepOutcome.FAILED else "",
            )
            for index, (label, outcome) in enumerate(zip(STEPS, outcomes, strict=True))
        )
        end = begin + 4 * step
        spans.append(TestSpan(test=test.id, lane=lane, start_ms=begin, end_ms=end, steps=steps))
    phases = (
        Span(label="discover", start_ms=0, end_ms=8400),
        Span(label="plan tests", start_ms=8400, end_ms=start),
        Span(label="test", start_ms=start, end_ms=max(free)),
    )
    return Timeline(phases=phases, tests=tuple(spans))


def draw_screenshot(file: Path) -> None:
    """A grey picture of 8 x 8 points."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\x99" * 8) * 8)
    file.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )
