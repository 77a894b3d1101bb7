"""What a page would change, asked for by somebody else: the same request with another's session.

Cookies, stored tokens and anti-forgery tokens are exchanged for the other's own, so that what is
left to refuse the request is that they may not do it.
"""

import re
from collections.abc import AsyncGenerator, Collection, Generator, Mapping
from contextlib import asynccontextmanager, suppress
from functools import partial
from html.parser import HTMLParser
from urllib.parse import quote_plus

from playwright.async_api import BrowserContext, Request, Route, StorageState
from playwright.async_api import Error as PlaywrightError

from argus.services.qa.browser.session import Session
from argus.services.qa.browser.traffic import SAFE_METHODS
from argus.services.qa.execution.privacy import signed_in_as
from argus.services.qa.urls import same_application

_TIMEOUT_MS = 10_000
_FORGERY_TOKEN = re.compile(r"csrf|xsrf|token|nonce", re.IGNORECASE)
_SHORTEST_SECRET = 8
"""Shorter values stand in requests for other things as well."""
_OWN_HEADERS = frozenset({"cookie", "host", "content-length", "connection"})


@asynccontextmanager
async def acting_as(session: Session, role: str) -> AsyncGenerator[None]:
    """While it lasts, what the page would change in its application is asked for by `role`.

    The page's own request never leaves the browser; to the page it is answered without content, so
    that it stays where it is. With an empty `role` the page acts for itself.
    """
    if not role:
        yield
        return
    async with signed_in_as(session, role) as other:
        # Beforehand: a page that waits for its request is not to be read.
        exchanged = await _exchanged(session, other)
        handler = partial(_ask_as, session, other, exchanged)
        await session.context.route("**/*", handler)
        try:
            yield
        finally:
            await session.context.unroute("**/*", handler)


async def _ask_as(
    session: Session, other: BrowserContext, exchanged: Mapping[str, str], route: Route
) -> None:
    request = route.request
    if request.method in SAFE_METHODS or not same_application(request.url, session.app_url):
        await route.fallback()
        return
    with suppress(PlaywrightError):  # what is not answered is judged by its effect like the rest
        await _send(other, request, exchanged)
    await route.fulfill(status=204)


async def _send(other: BrowserContext, request: Request, exchanged: Mapping[str, str]) -> None:
    headers = {
        name: _exchange(value, exchanged)
        for name, value in request.headers.items()
        if name not in _OWN_HEADERS
    }
    if headers.get("authorization") == request.headers.get("authorization"):
        headers.pop("authorization", None)
    body = request.post_data_buffer
    answer = await other.request.fetch(
        request.url,
        method=request.method,
        headers=headers,
        data=_exchange(body.decode("latin-1"), exchanged).encode("latin-1") if body else None,
        max_redirects=0,
        timeout=_TIMEOUT_MS,
    )
    await answer.dispose()


async def _exchanged(session: Session, other: BrowserContext) -> dict[str, str]:
    """What stands for the user in a request, and what stands for the other there."""
    mine, theirs = await session.storage_state(), await other.storage_state()
    tokens = _forgery_tokens(await session.page.content())
    exchanged = dict(_pairs(_stored(mine), _stored(theirs)))
    return exchanged | dict(_pairs(tokens, await _tokens_of(session, other, tokens)))


async def _tokens_of(
    session: Session, other: BrowserContext, wanted: Collection[str]
) -> dict[str, str]:
    """Their own anti-forgery tokens: of the same page or, where they may not see it, another."""
    for url in (session.url, session.app_url) if wanted else ():
        answer = await other.request.get(url, max_redirects=0, timeout=_TIMEOUT_MS)
        found = _forgery_tokens(await answer.text()) if answer.ok else {}
        await answer.dispose()
        if found:
            return found
    return {}


def _stored(state: StorageState) -> dict[str, str]:
    """What tells one session from another, by where it is kept."""
    cookies = {
        f"cookie {each.get('name')}": each.get("value", "") for each in state.get("cookies", [])
    }
    return cookies | {
        f"storage {item.get('name')}": item.get("value", "")
        for origin in state.get("origins", [])
        for item in origin.get("localStorage", [])
    }


def _pairs(mine: Mapping[str, str], theirs: Mapping[str, str]) -> Generator[tuple[str, str]]:
    for name, value in mine.items():
        if len(value) >= _SHORTEST_SECRET and name in theirs:
            yield value, theirs[name]


def _exchange(text: str, exchanged: Mapping[str, str]) -> str:
    for mine, theirs in exchanged.items():
        text = text.replace(mine, theirs).replace(quote_plus(mine), quote_plus(theirs))
    return text


def _forgery_tokens(html: str) -> dict[str, str]:
    """The values of hidden fields and metadata that are named like anti-forgery tokens."""
    reader = _Tokens()
    reader.feed(html)
    return reader.found


class _Tokens(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name") or ""
        value = given.get("content") if tag == "meta" else given.get("value")
        hidden = tag == "meta" or given.get("type") == "hidden"
        if tag in ("meta", "input") and hidden and value and _FORGERY_TOKEN.search(name):
            self.found.setdefault(name, value)
