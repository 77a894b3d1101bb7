"""The report for people: one page without scripts and without anything from elsewhere."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from urllib.parse import quote, urljoin, urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from argus.services.qa.discovery.site import Site
from argus.services.qa.outcome import (
    Category,
    Cause,
    Evidence,
    Finding,
    RunReport,
    Severity,
    TestResult,
    TestStatus,
)
from argus.services.qa.reports.map import BOX_HEIGHT, BOX_WIDTH, site_map
from argus.services.qa.reports.timeline import StepSpan, TestSpan, Timeline
from argus.services.qa.reports.verdict import numbered, summarize
from argus.services.qa.urls import relative_url

STATUSES = {
    TestStatus.FAILED: "failed",
    TestStatus.FLAKY: "flaky",
    TestStatus.SKIPPED: "skipped",
    TestStatus.PASSED_HEALED: "healed",
    TestStatus.PASSED: "passed",
}
"""In the order of what needs attention, and how the page names them."""

CATEGORIES = {
    Category.PRODUCT_BUG: "Product bug",
    Category.LOCATOR_BREAK: "Broken locator",
    Category.UI_DRIFT: "Changed interface",
    Category.ENVIRONMENT: "Environment",
    Category.DATA: "Test data",
    Category.FLAKE: "Flaky",
}

EXPLORATION_ENDED = {
    "exhausted": "Nothing new was left to try.",
    "max_pages": "The limit of pages ended it: there may be more.",
    "max_actions": "The limit of actions ended it: there may be more.",
    "time_budget": "The time budget ended it: there may be more.",
}
"""By `Site.stopped_by`."""

_SHOWN_APART = frozenset(("heal", "trace"))
"""Kinds of evidence that have a place of their own on the page."""
_OF_DIFFERENCES = frozenset(
    ("expectation", "server_error", "unresolved", "not_actionable", "page", "connection", "browser")
)
"""Kinds that tell a step's differences once more."""
_VARIABLE = re.compile(r"\$\{(\w+)\}")

TICK_STEPS_S = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600)
MOST_TICKS = 8


@dataclass(frozen=True)
class Card:
    """A test with what the page says about it."""

    anchor: str
    result: TestResult
    status: str
    category: str
    span: TestSpan | None
    evidence: tuple[Evidence, ...]
    steps: tuple[StepSpan, ...]
    cleanup: tuple[StepSpan, ...]
    pictures: tuple[tuple[str, str], ...]
    """Path and caption, each picture once."""


@cache
def _template() -> Template:
    """Kept: to compile it takes longer than to render a report."""
    environment = Environment(
        loader=PackageLoader("argus.services.qa.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Callable[..., str]] = {
        "duration": duration,
        "moment": moment,
        "numbered": numbered,
        "path": partial(quote, safe="/"),
        "readable": readable,
        "without_variables": without_variables,
    }
    environment.filters.update(filters)  # pyright: ignore[reportUnknownMemberType] - Jinja's type
    return environment.get_template("report.html")


def html_page(
    report: RunReport, timeline: Timeline, has_picture: Callable[[str], bool], site: Site | None
) -> str:
    """The page. `has_picture` says whether a path is that of a picture beside the page.

    `site` is what discovery found; None where a suite was replayed.
    """
    cards = _cards(report, timeline, has_picture)
    return _template().render(
        report=report,
        link=partial(link, report.app_url),
        summary=summarize(report),
        counts=Counter(card.status for card in cards),
        statuses=tuple(STATUSES.values()),
        cards=cards,
        causes=[(cause, *_told(cause, cards)) for cause in report.causes],
        findings=_by_severity(report.findings),
        timeline=timeline,
        lanes=_lanes(cards),
        ticks=ticks(timeline.end_ms),
        has_picture=has_picture,
        site=site,
        **(_discovered(site) if site else {}),
    )


def _discovered(site: Site) -> dict[str, object]:
    broken = {finding.url for finding in site.findings if finding.serious}
    return {
        "map": site_map(site, {relative_url(url) for url in broken}),
        "box_width": BOX_WIDTH,
        "box_height": BOX_HEIGHT,
        "roles": list(dict.fromkeys(role for each in site.access for role in each.answers)),
        "timed": [page for page in site.pages if page.vitals],
        "exploration_ended": EXPLORATION_ENDED[site.stopped_by],
    }


def _cards(
    report: RunReport, timeline: Timeline, has_picture: Callable[[str], bool]
) -> tuple[Card, ...]:
    spans = {span.test: span for span in timeline.tests}
    order = list(STATUSES)
    results = sorted(report.tests, key=lambda test: order.index(test.status))
    return tuple(
        _card(f"test-{number}", result, spans.get(result.id), has_picture)
        for number, result in enumerate(results, start=1)
    )


def _card(
    anchor: str, result: TestResult, span: TestSpan | None, has_picture: Callable[[str], bool]
) -> Card:
    pictures = {
        one.screenshot: one.message for one in result.evidence if has_picture(one.screenshot)
    }
    for step in span.steps if span else ():
        if has_picture(step.screenshot):
            pictures.setdefault(step.screenshot, step.label)
    steps = span.steps if span else ()
    apart = _SHOWN_APART | (_OF_DIFFERENCES if result.differences else frozenset[str]())
    return Card(
        anchor=anchor,
        result=result,
        status=STATUSES[result.status],
        category=CATEGORIES[result.category] if result.category else "",
        span=span,
        evidence=tuple(one for one in result.evidence if one.kind not in apart),
        steps=tuple(step for step in steps if not step.cleanup),
        cleanup=tuple(step for step in steps if step.cleanup),
        pictures=tuple(pictures.items()),
    )


def _told(cause: Cause, cards: tuple[Card, ...]) -> tuple[str, list[Card]]:
    """What was seen, with the values of the first of its tests, and its tests."""
    told = [card for card in cards if card.result.id in cause.tests]
    seen = [each for card in told for each in card.result.differences]
    what = seen[0].seen if seen and _VARIABLE.search(cause.what) else cause.what
    expected = next((each.expected for each in seen if each.expected), "")
    return f"{what} (expected: {expected})" if expected else what, told


def _by_severity(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    order = list(Severity)
    return tuple(sorted(findings, key=lambda finding: order.index(finding.severity)))


def _lanes(cards: tuple[Card, ...]) -> dict[int, list[Card]]:
    lanes: dict[int, list[Card]] = {}
    for card in cards:
        if card.span is not None:
            lanes.setdefault(card.span.lane, []).append(card)
    return {
        lane: sorted(lanes[lane], key=lambda card: card.span.start_ms if card.span else 0)
        for lane in sorted(lanes)
    }


def ticks(end_ms: int) -> tuple[int, ...]:
    """Round times for a scale from 0 to `end_ms`; the last one leaves room for its label."""
    step_s = next((s for s in TICK_STEPS_S if end_ms <= s * 1000 * MOST_TICKS), end_ms / 1000)
    step_ms = round(step_s * 1000)
    return tuple(time for time in range(0, end_ms, step_ms) if time < 0.93 * end_ms)


def duration(milliseconds: float) -> str:
    """`340 ms`, `1.2 s`, `2 min 5 s`."""
    if milliseconds < 1000:
        return f"{milliseconds:.0f} ms"
    if milliseconds < 59_950:
        return f"{milliseconds / 1000:.1f} s".replace(".0 s", " s")
    minutes, seconds = divmod(round(milliseconds / 1000), 60)
    return f"{minutes} min {seconds} s" if seconds else f"{minutes} min"


def moment(at: datetime) -> str:
    """`23 November 2026, 09:05 UTC`."""
    at = at.astimezone(UTC)
    return f"{at.day} {at:%B %Y, %H:%M} UTC"


def readable(name: str) -> str:
    """A word of ours (`script_error`) as people write it."""
    return name.replace("_", " ")


def without_variables(text: str) -> str:
    """A *template* for people: `"${phone}"`, which is another text each time, is `"(phone)"`."""
    return _VARIABLE.sub(r"(\1)", text)


def link(app_url: str, url: str) -> str:
    """Where a link to `url`, perhaps relative to the application, leads; empty: to no web page."""
    try:
        absolute = urljoin(app_url, url)
        return absolute if urlsplit(absolute).scheme in ("http", "https") else ""
    except ValueError:
        return ""
