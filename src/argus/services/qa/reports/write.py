"""Writes a run's report for people, for programs and for CI."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from argus.services.qa.agent import Agent, Expense
from argus.services.qa.discovery.site import Site
from argus.services.qa.ir import Suite
from argus.services.qa.outcome import Cost, RunReport, status_of
from argus.services.qa.reports.junit import junit_xml
from argus.services.qa.reports.markdown import markdown_report
from argus.services.qa.reports.page import html_page
from argus.services.qa.reports.printing import PAGE
from argus.services.qa.reports.timeline import Timeline
from argus.services.qa.triage.causes import Explained


@dataclass(frozen=True)
class Ended:
    """A run of which all tests have their result."""

    run_id: str
    suite: Suite
    site: Site | None
    explained: Explained
    cost: Cost
    expenses: tuple[Expense, ...]
    timeline: Timeline


class Reporter(Agent[Ended, RunReport]):
    """Says what a run came to, and writes it down for all who want to know."""

    name: ClassVar[str] = "Reporter"

    def __init__(self, folder: Path) -> None:
        """Reports go into the folder, where the screenshots are."""
        self._folder = folder

    async def work(self, given: Ended, budget_s: float) -> RunReport:  # noqa: ARG002 - takes milliseconds
        """The result, whose reports are written."""
        site, tests = given.site, given.explained.tests
        findings = site.findings if site else ()
        report = RunReport(
            run_id=given.run_id,
            app_url=given.suite.app_url,
            status=status_of(tests, findings),
            seed=given.suite.seed,
            discovery=site.summary if site else None,
            tests=tests,
            findings=findings,
            cost=given.cost,
            report=PAGE,
            causes=given.explained.causes,
            expenses=given.expenses,
            username=given.suite.login.username if given.suite.login else "",
        )
        write_report(report, given.timeline, self._folder, site)
        return report


def write_report(
    report: RunReport, timeline: Timeline, folder: Path, site: Site | None = None
) -> Path:
    """Write `report.json`, `junit.xml`, `report.md` and `index.html` into `folder`; return the path
    of the last one.

    Screenshots are expected in `folder` already; the page shows those that are there. What an
    application put into the report (any text, any path) stays text.
    """
    folder.mkdir(parents=True, exist_ok=True)
    contract = json.dumps(report.contract(), indent=2, ensure_ascii=True)
    (folder / "report.json").write_text(contract + "\n", encoding="utf-8")
    (folder / "junit.xml").write_bytes(junit_xml(report))
    markdown = markdown_report(report, timeline)
    (folder / "report.md").write_text(markdown, encoding="utf-8", errors="replace")
    page = folder / PAGE
    content = html_page(report, timeline, lambda path: is_screenshot(folder, path), site)
    page.write_text(content, encoding="utf-8", errors="xmlcharrefreplace")
    return page


def is_screenshot(folder: Path, path: str) -> bool:
    """Whether `path` names a picture inside the folder."""
    if not path or "\0" in path:
        return False
    file = (folder / path).resolve()
    inside = file.is_relative_to(folder.resolve())
    return inside and file.suffix in (".png", ".jpg", ".jpeg", ".webp") and file.is_file()
