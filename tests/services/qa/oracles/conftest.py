"""Pages of the test's own, and what the oracles say of them."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Generator

import pytest
import pytest_asyncio

from argus.services.qa.browser.session import Session, new_session
from argus.services.qa.execution.browsers import Browsers
from argus.services.qa.oracles.defect import Defect
from argus.services.qa.oracles.inspect import Inspector
from argus.services.qa.oracles.vitals import VitalsBudget
from support.website import Answer, Page, WebSite, serve

PROTECTED = {
    "Content-Security-Policy": "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}

GENEROUS = {"lcp_ms": 600_000, "cls": 9, "inp_ms": 600_000}
"""No machine is too slow for it."""

PAINTED = """() => {
    const { lcp, cls } = window[Symbol.for("argus.vitals")];
    return lcp > 0 && (cls > 0 || !document.querySelector(".jumps")) }"""

Examine = Callable[..., Awaitable[list[Defect]]]
"""Opens a page and examines it; keywords are those of `VitalsBudget`."""


@pytest.fixture(scope="module")
def site() -> Generator[WebSite]:
    with serve(WebSite()) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def visitor(browsers: Browsers, site: WebSite) -> AsyncGenerator[Session]:
    async with new_session(await browsers.get(), site.url) as session:
        yield session


@pytest.fixture
def examine(visitor: Session, site: WebSite) -> Examine:
    async def run(page: Page, **budget: float) -> list[Defect]:
        if isinstance(page, str):
            head = "<!doctype html><html lang=en><title>A page</title>"
            page = Answer(head + page, headers=PROTECTED)
        site.pages["/page"] = page
        mark = visitor.mark()
        await visitor.goto("/page")
        if budget:  # a figure comes with the frame that shows it, or after
            await visitor.page.wait_for_function(PAINTED, timeout=30_000)
        inspector = Inspector(site.url, VitalsBudget.model_validate(GENEROUS | budget))
        return (await inspector.examine(visitor, visitor.since(mark))).defects

    return run
