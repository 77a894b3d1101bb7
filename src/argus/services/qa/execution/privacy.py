"""Whether somebody else, or who has not signed in, gets what the user does."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, BrowserContext

from argus.services.qa.browser.session import Session
from argus.services.qa.browser.traffic import Exchange, Window
from argus.services.qa.urls import relative_url, same_application

_MOST = 5
_TIMEOUT_MS = 10_000
_CALLS = {"fetch", "xhr"}


def loaded(session: Session, window: Window) -> list[Exchange]:
    """Pages of the application, and what their scripts called for, that were there to be read."""
    return [
        each
        for each in window.exchanges
        if each.method == "GET"
        and each.status == 200
        and (each.document or each.resource_type in _CALLS)
        and same_application(each.url, session.app_url)
    ][:_MOST]


@asynccontextmanager
async def signed_in_as(session: Session, role: str) -> AsyncGenerator[BrowserContext]:
    """A context with the session of that role of the application; empty: of nobody."""
    browser = session.context.browser
    assert isinstance(browser, Browser)
    context = await browser.new_context(storage_state=session.roles[role] if role else None)
    try:
        yield context
    finally:
        await context.close()


async def given_away(session: Session, window: Window, text: str, role: str = "") -> str:
    """Where `role`, or whoever has not signed in, is answered `text`; empty: nowhere.

    An empty `text` stands for any page at all.

    Raises:
        playwright.async_api.Error: the application does not answer.
    """
    async with signed_in_as(session, role) as stranger:
        for each in loaded(session, window):
            if not text and not each.document:
                continue
            answer = await stranger.request.get(each.url, max_redirects=0, timeout=_TIMEOUT_MS)
            if answer.ok and text in await answer.text():
                return relative_url(each.url)
    return ""


async def contains(session: Session, window: Window, text: str) -> bool:
    """Whether one of the answers, asked for again as the user, has the text in it.

    Raises:
        playwright.async_api.Error: the application does not answer.
    """
    for each in loaded(session, window):
        answer = await session.context.request.get(each.url, max_redirects=0, timeout=_TIMEOUT_MS)
        if answer.ok and text in await answer.text():
            return True
    return False
