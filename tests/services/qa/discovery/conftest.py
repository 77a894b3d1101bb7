"""A web site of the test's own, and discovery of it."""

from collections.abc import AsyncGenerator, Generator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from argus.services.qa.browser.session import Session, new_session
from argus.services.qa.discovery.explore import AutoDiscovery
from argus.services.qa.discovery.site import DiscoveryRequest, Site
from support.exploring import Explore
from support.website import WebSite, serve


@pytest.fixture
def site() -> Generator[WebSite]:
    with serve(WebSite()) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(browser: Browser, site: WebSite) -> AsyncGenerator[Session]:
    async with new_session(browser, site.url) as session:
        yield session


@pytest.fixture
def events() -> list[tuple[str, dict[str, object]]]:
    """What `explore` reported while it went on."""
    return []


@pytest.fixture
def explore(
    browser: Browser, site: WebSite, events: list[tuple[str, dict[str, object]]]
) -> Explore:
    """Discovers `site`; keywords are those of `DiscoveryRequest`, and `time_budget_s`."""

    async def emit(kind: str, data: dict[str, object]) -> None:
        events.append((kind, data))

    async def run(**options: Any) -> Site:
        budget_s = options.pop("time_budget_s", 120)
        request = DiscoveryRequest(**{"app_url": site.url, **options})
        return await AutoDiscovery(browser, emit).work(request, budget_s)

    return run
