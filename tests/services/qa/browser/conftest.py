"""A web site of the test's own, and a browser on it."""

from collections.abc import AsyncGenerator, Generator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from argus.services.qa.browser.session import Session, new_session
from support.website import WebSite, serve


@pytest.fixture
def site() -> Generator[WebSite]:
    with serve(WebSite({"/": "<h1>Home</h1>"})) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(browser: Browser, site: WebSite) -> AsyncGenerator[Session]:
    """A session on `site`."""
    async with new_session(browser, site.url) as session:
        yield session
