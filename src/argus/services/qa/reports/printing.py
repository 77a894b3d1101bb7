"""The HTML report as a PDF, printed by Chromium when it is first asked for."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from argus.kernel.errors import Unavailable
from argus.kernel.objects import FolderObjects, ObjectNotFound
from argus.services.qa.settings import QaSettings

if TYPE_CHECKING:
    from playwright.async_api import Browser

PAGE, PDF = "index.html", "report.pdf"
_PATIENCE_MS = 30_000


class Printer:
    """Prints reports, one at a time: each takes a browser."""

    def __init__(self, objects: FolderObjects, settings: QaSettings) -> None:
        self._objects, self._settings = objects, settings
        self._turn = asyncio.Lock()

    async def pdf(self, report: str) -> bytes:
        """The PDF of the report whose objects have the prefix `report`: made once, and then kept.

        Raises:
            ObjectNotFound: there is no report.
            BrowserNotFound, BrowserCrashed, Unavailable: it cannot be printed here, or just now.
        """
        key = f"{report}/{PDF}"
        try:
            return await asyncio.to_thread(self._objects.get, key)
        except ObjectNotFound:
            await asyncio.to_thread(self._objects.get, f"{report}/{PAGE}")
        # Playwright takes its time to import, and few ask for a PDF.
        from argus.services.qa.browser.launch import find_browser, open_browser  # noqa: PLC0415

        browser = find_browser(self._settings.browser, self._settings.browser_cache)
        async with self._turn, open_browser(browser) as running:
            content = await print_page(running, self._objects.folder(report) / PAGE)
        await asyncio.to_thread(self._objects.put, key, content)
        return content


async def print_page(browser: "Browser", page: Path) -> bytes:
    """The file as a PDF of A4 pages. The page's scripts, of which it has none, would not run.

    Raises:
        Unavailable: it took too long, or the browser gave up.
    """
    from playwright.async_api import Error as PlaywrightError  # noqa: PLC0415

    try:
        tab = await browser.new_page(java_script_enabled=False, color_scheme="light")
        try:
            tab.set_default_timeout(_PATIENCE_MS)
            await tab.goto(page.as_uri())
            return await tab.pdf(
                format="A4",
                margin={"top": "14mm", "bottom": "14mm", "left": "12mm", "right": "12mm"},
                print_background=True,
                display_header_footer=True,
                header_template="<span></span>",
                footer_template=_FOOTER,
                outline=True,
                tagged=True,
            )
        finally:
            await tab.close()
    except PlaywrightError as error:
        raise Unavailable(f"the report cannot be printed: {error.message}") from error


_FOOTER = """<div style="width: 100%; padding: 0 12mm; font: 8px sans-serif; color: #666;
display: flex; justify-content: space-between"><span class="title"></span>
<span><span class="pageNumber"></span> / <span class="totalPages"></span></span></div>"""
