"""A web site of the test's own, and a browser on it."""

from collections.abc import AsyncGenerator, Generator

import pytest
from playwright.async_api import Browser

from argus.services.qa.browser.launch import open_browser
from argus.services.qa.browser.session import Session, new_session
from support.website import WebSite, serve


@pytest.fixture
def site() -> Generator[WebSite]:
    with serve(WebSite({"/": "<h1>Home</h1>"})) as running:
        yield running


@pytest.fixture
async def browser() -> AsyncGenerator[Browser]:
    async with open_browser() as running:
        yield running


@pytest.fixture
async def visitor(browser: Browser, site: WebSite) -> AsyncGenerator[Session]:
    """A session on `site`."""
    async with new_session(browser, site.url) as session:
        yield session
