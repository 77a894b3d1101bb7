from pathlib import Path

from playwright.async_api import Browser

from argus.services.qa.reports.printing import print_report
from argus.services.qa.reports.write import write_report
from services.qa.reports.samples import FAILING, draw_screenshot, timeline_of


async def test_the_report_is_printed_beside_itself_in_several_pages(
    browser: Browser, tmp_path: Path
) -> None:
    draw_screenshot(tmp_path / "create-book-s6.png")
    write_report(FAILING, timeline_of(FAILING), tmp_path)
    await print_report(browser, tmp_path)
    printed = (tmp_path / "report.pdf").read_bytes()
    assert printed.startswith(b"%PDF-")
    assert printed.count(b"/Type /Page\n") >= 2


async def test_a_report_that_cannot_be_printed_stays_without(
    browser: Browser, tmp_path: Path
) -> None:
    await print_report(browser, tmp_path)
    assert not list(tmp_path.iterdir())
