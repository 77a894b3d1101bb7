from pathlib import Path

import pytest
from playwright.async_api import Browser

from argus.kernel.errors import Unavailable
from argus.kernel.objects import FolderObjects, ObjectNotFound
from argus.services.qa.browser.errors import BrowserNotFound
from argus.services.qa.reports.printing import Printer, print_page
from argus.services.qa.reports.write import write_report
from argus.services.qa.settings import QaSettings
from services.qa.reports.samples import FAILING, draw_screenshot, timeline_of


def printer(root: Path, browser: Path | None = None) -> Printer:
    settings = QaSettings(browser=browser, browser_cache=root / "browsers")
    return Printer(FolderObjects(root), settings)


async def test_the_report_is_printed_in_several_pages(browser: Browser, tmp_path: Path) -> None:
    draw_screenshot(tmp_path / "create-book-s6.png")
    printed = await print_page(browser, write_report(FAILING, timeline_of(FAILING), tmp_path))
    assert printed.startswith(b"%PDF-")
    assert printed.count(b"/Type /Page\n") >= 2


async def test_what_cannot_be_printed_is_for_later(browser: Browser, tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        await print_page(browser, tmp_path / "missing.html")


async def test_a_report_is_printed_once_and_a_missing_one_never(tmp_path: Path) -> None:
    write_report(FAILING, timeline_of(FAILING), tmp_path / "run")
    without = printer(tmp_path, tmp_path / "no-browser")
    with pytest.raises(BrowserNotFound):
        await without.pdf("run")
    printed = await printer(tmp_path).pdf("run")
    assert printed.startswith(b"%PDF-")
    assert await without.pdf("run") == printed
    with pytest.raises(ObjectNotFound):
        await without.pdf("another")
    assert [entry.name for entry in tmp_path.iterdir()] == ["run"]
