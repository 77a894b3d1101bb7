"""Writes a run's report for people, for programs and for CI."""

import json
from pathlib import Path

from argus.services.qa.discovery.site import Site
from argus.services.qa.outcome import RunReport
from argus.services.qa.reports.junit import junit_xml
from argus.services.qa.reports.markdown import markdown_report
from argus.services.qa.reports.page import html_page
from argus.services.qa.reports.timeline import Timeline

PAGE = "index.html"


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
