"""The HTML report as a PDF, printed by Chromium."""

from pathlib import Path

import structlog
from playwright.async_api import Browser
from playwright.async_api import Error as PlaywrightError

NAME = "report.pdf"
_PATIENCE_MS = 30_000

_log = structlog.get_logger(__name__)


async def print_report(browser: Browser, folder: Path) -> None:
    """Print `index.html` of the folder beside it. A report that cannot be printed stays without.

    The page's scripts, of which it has none, would not run.
    """
    try:
        page = await browser.new_page(java_script_enabled=False, color_scheme="light")
        try:
            page.set_default_timeout(_PATIENCE_MS)
            await page.goto((folder / "index.html").as_uri())
            await page.pdf(
                path=folder / NAME,
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
            await page.close()
    except PlaywrightError as error:
        _log.warning("qa.report.not_printed", folder=str(folder), error=str(error))


_FOOTER = """<div style="width: 100%; padding: 0 12mm; font: 8px sans-serif; color: #666;
display: flex; justify-content: space-between"><span class="title"></span>
<span><span class="pageNumber"></span> / <span class="totalPages"></span></span></div>"""
