"""A run's report as Markdown: for a pull request, a chat, or an issue."""

import re

from argus.services.qa.outcome import Evidence, Finding, RunReport, TestResult, TestStatus
from argus.services.qa.reports.page import CATEGORIES, STATUSES, duration, moment, readable
from argus.services.qa.reports.timeline import TestSpan, Timeline
from argus.services.qa.reports.verdict import summarize

_SPECIAL = re.compile(r"([\\`*_\[\]<>|#~])")
_MOST_FINDINGS = 50


def markdown_report(report: RunReport, timeline: Timeline) -> str:
    """The document: the verdict, what failed and how to see it, what was healed, all tests.

    What the application says stays text: nothing of it becomes a link, markup or HTML.
    """
    summary = summarize(report)
    lines = [f"# {_text(summary.headline)}", "", f"Application: {_text(report.app_url)}", ""]
    if report.username:
        lines[-1:] = [f"Signed in as: {_text(report.username)}", ""]
    lines += [f"- {_text(detail)}" for detail in summary.details]
    spans = {span.test: span for span in timeline.tests}
    failed = [test for test in report.tests if test.status is TestStatus.FAILED]
    for test in failed:
        lines += ["", f"## {_text(test.name)}", "", *_failure(test, spans.get(test.id))]
    heals = [(test, heal) for test in report.tests for heal in test.heals]
    if heals:
        lines += ["", "## Healed", ""]
        lines += [
            f"- {_text(test.name)}: {_code(heal.before)} is now {_code(heal.after)}"
            for test, heal in heals
        ]
    if report.findings:
        lines += ["", "## Findings", "", *map(_finding, report.findings[:_MOST_FINDINGS])]
    if left := len(report.findings) - _MOST_FINDINGS:
        lines += [f"- and {left} more"] if left > 0 else []
    if report.tests:
        lines += ["", "## Tests", "", "| result | test | why | time |", "|---|---|---|---|"]
        lines += [_row(test) for test in report.tests]
    began = f" of {moment(timeline.began)}" if timeline.began else ""
    lines += ["", f"Run {report.run_id}{began}, seed {report.seed}."]
    return "\n".join(lines) + "\n"


def _failure(test: TestResult, span: TestSpan | None) -> list[str]:
    lines = [f"{CATEGORIES[test.category] if test.category else 'Failed'}. To see it:", ""]
    steps = [step for step in span.steps if not step.cleanup] if span else []
    lines += [f"{number}. {_text(step.label)}" for number, step in enumerate(steps, start=1)]
    return [*lines, "", *map(_evidence, test.evidence)]


def _evidence(one: Evidence) -> str:
    where = f" ({_text(one.url)})" if one.url else ""
    picture = f" [screenshot](<{one.screenshot}>)" if _plain(one.screenshot) else ""
    return f"- {_text(readable(one.kind))}: {_text(one.message)}{where}{picture}"


def _finding(finding: Finding) -> str:
    where = f" at {_text(finding.url)}" if finding.url else ""
    kind = _text(readable(finding.kind))
    return f"- {finding.severity.value}: {kind}{where}: {_text(finding.message)}"


def _row(test: TestResult) -> str:
    why = CATEGORIES[test.category] if test.category else ""
    status, time = STATUSES[test.status], duration(test.duration_ms)
    return f"| {status} | {_text(test.name)} | {why} | {time} |"


def _text(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _code(text: str) -> str:
    return "`" + " ".join(text.split()).replace("`", "'") + "`"


def _plain(path: str) -> bool:
    return re.fullmatch(r"[\w./-]+", path) is not None
