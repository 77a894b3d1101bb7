"""Sample reports, written and shown in a browser."""

from collections.abc import AsyncGenerator

import pytest
from playwright.async_api import Browser

from argus.services.qa.browser.launch import open_browser


@pytest.fixture
async def browser() -> AsyncGenerator[Browser]:
    async with open_browser() as running:
        yield running
