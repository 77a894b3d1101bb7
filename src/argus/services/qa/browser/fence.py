"""What leaves a page: its application's documents only, and for a while nothing that changes it."""

from collections.abc import AsyncGenerator, Container
from contextlib import asynccontextmanager
from typing import Any, cast

from playwright.async_api import BrowserContext, CDPSession, Page
from playwright.async_api import Error as PlaywrightError

from argus.services.qa.browser.traffic import SAFE_METHODS, Window
from argus.services.qa.urls import same_application, url_template

_DOCUMENTS = {"patterns": [{"resourceType": "Document"}]}
_EVERYTHING = {"patterns": [{"urlPattern": "*"}]}
_HOLD_SOCKETS = "window[Symbol.for('argus.holdsSockets')] = {}"


class Fence:
    """Asks for every document that its page is about to request, redirects included.

    Playwright's own routes do not see the hops of a redirect, and switch the HTTP cache off.
    """

    def __init__(
        self, devtools: CDPSession, main_frame: str, app_url: str, blocked: list[str]
    ) -> None:
        self.devtools, self.main_frame = devtools, main_frame
        self._app_url, self._blocked = app_url, blocked
        self._shut = False
        self._reads: Container[str] | None = None

    def shut(self) -> None:
        """Refuse every document from now on."""
        self._shut = True

    @asynccontextmanager
    async def nothing_changes(
        self, reads: Container[str], *, sockets: bool
    ) -> AsyncGenerator[None]:
        """Refuse, in this block, each request whose method may change something.

        But for those whose `signature` is among `reads`, and for beacons. With `sockets` nothing
        is sent over WebSockets, either.
        """
        await send(self.devtools, "Fetch.enable", _EVERYTHING)
        self._reads = reads
        if sockets:
            await self._hold_sockets("true")
        try:
            yield
        finally:
            self._reads = None
            try:
                if sockets:
                    await self._hold_sockets("false")
                await send(self.devtools, "Fetch.enable", _DOCUMENTS)
            except PlaywrightError:  # the page went away meanwhile
                pass

    async def _hold_sockets(self, value: str) -> None:
        expression = _HOLD_SOCKETS.format(value)
        await send(self.devtools, "Runtime.evaluate", {"expression": expression})

    async def judge(self, event: dict[str, Any]) -> None:
        """Let a request pass, or refuse it."""
        request: dict[str, Any] = event["request"]
        refused = self._would_change(request, event["resourceType"])
        if event["resourceType"] == "Document":
            inside = event["frameId"] != self.main_frame or same_application(
                request["url"], self._app_url
            )
            if not inside:
                self._blocked.append(request["url"])
            refused = refused or self._shut or not inside
        answer = {"requestId": event["requestId"]}
        try:
            if refused:
                await send(self.devtools, "Fetch.failRequest", {**answer, "errorReason": "Aborted"})
            else:
                await send(self.devtools, "Fetch.continueRequest", answer)
        except PlaywrightError:  # the page went away meanwhile, and the request with it
            return

    def _would_change(self, request: dict[str, Any], kind: str) -> bool:
        if self._reads is None or request["method"] in SAFE_METHODS or kind == "Ping":
            return False
        return signature(request["method"], request["url"]) not in self._reads


async def fenced(context: BrowserContext, page: Page, app_url: str, blocked: list[str]) -> Fence:
    """A fence around the page; addresses of documents that it refuses go to `blocked`."""
    devtools = await context.new_cdp_session(page)
    target = await send(devtools, "Target.getTargetInfo")
    fence = Fence(devtools, target["targetInfo"]["targetId"], app_url, blocked)
    devtools.on("Fetch.requestPaused", fence.judge)
    await send(devtools, "Fetch.enable", _DOCUMENTS)
    return fence


def sent_in(window: Window) -> set[str]:
    """Signatures of what was sent then that may change something."""
    return {signature(each.method, each.url) for each in window.mutations}


def signature(method: str, url: str) -> str:
    """What requests for the same have in common."""
    return f"{method} {url_template(url)}"


async def send(
    devtools: CDPSession, method: str, parameters: dict[str, Any] | None = None
) -> dict[str, Any]:
    """One command of the DevTools protocol, and its answer.

    Raises:
        playwright.async_api.Error: it failed, or the page is gone.
    """
    return await cast(Any, devtools).send(method, parameters)
