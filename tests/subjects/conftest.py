"""A page in a real browser, with what it complained of."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

import pytest
from playwright.async_api import Page

from argus.services.qa.browser.launch import open_browser


@dataclass
class Visit:
    """A page, and the script errors and failed answers seen on it so far."""

    page: Page
    troubles: list[str] = field(default_factory=list[str])


@pytest.fixture
async def visit() -> AsyncGenerator[Visit]:
    async with open_browser() as browser:
        page = await browser.new_page()
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
