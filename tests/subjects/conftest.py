"""A page in a real browser, with what it complained of."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from argus.services.qa.browser.launch import open_browser


@dataclass
class Visit:
    """A page, and the script errors and failed answers seen on it so far."""

    page: Page
    troubles: list[str] = field(default_factory=list[str])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that share the visitor's browser share the event loop it lives in."""
    for item in items:
        if "visit" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def visitor() -> AsyncGenerator[Browser]:
    """One browser for all visits; each has a context of its own."""
    async with open_browser() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="session")
async def visit(visitor: Browser) -> AsyncGenerator[Visit]:
    async with await visitor.new_context() as context:
        page = await context.new_page()
        page.set_default_timeout(30_000)
        visit = Visit(page)
        page.on("pageerror", lambda error: visit.troubles.append(str(error)))
        page.on(
            "response",
            lambda answer: (
                visit.troubles.append(f"{answer.status} {answer.url}")
                if answer.status >= 400
                else None
            ),
        )
        yield visit
