"""One user's browser window on the application: a context with one page, watched and fenced in.

Policies, the same for discovery, planning and execution:
- The page stays in the application: a navigation to another host is refused, also as a redirect.
- There is one page: a link or form with a `target` opens in it, other popups are closed.
- Dialogs are answered at once as `Session.dialogs` says; leaving a page is always allowed.
- Downloads are cancelled; service workers are blocked; viewport, locale and time zone are fixed.
- Time limits of scripts are those of an idle machine; on a busy one they get more.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Container, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from importlib.resources import files
from typing import Any, Literal, cast

from playwright.async_api import (
    Browser,
    BrowserContext,
    Dialog,
    Page,
    Route,
    StorageState,
)
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeout

from argus.services.qa.browser.errors import (
    ApplicationUnreachable,
    NavigationBlocked,
    PageFailed,
    PageNeverLoads,
    PageUnresponsive,
    RedirectLoop,
)
from argus.services.qa.browser.fence import Fence, fenced, send
from argus.services.qa.browser.page_script import INSTALL
from argus.services.qa.browser.slowness import slowness
from argus.services.qa.browser.traffic import SAFE_METHODS, DialogSeen, Mark, Traffic, Window
from argus.services.qa.urls import absolute_url, is_excluded, same_application

VIEWPORT_WIDTH, VIEWPORT_HEIGHT = 1280, 800
NAVIGATION_TIMEOUT_S = 15.0
SETTLE_TIMEOUT_S = 5.0
SCREENSHOT_TIMEOUT_S = 5.0

_SCRIPT_TIMEOUT_S = NAVIGATION_TIMEOUT_S
"""An editor that starts blocks its page for long."""
_DOCUMENTS_IN_A_LOOP = 10
_LAST_DOCUMENT_S = 0.2
_FRAMES_LIMIT_MS = 500
_REST_S = 0.05

_RESTORE = """((stored) => {
  if (localStorage.length) return;
  for (const { name, value } of stored[location.origin] || []) localStorage.setItem(name, value);
})(%s)"""

_SCRIPTS = files("argus.services.qa.browser")
_INIT_SCRIPT = "\n".join(
    [*(_SCRIPTS.joinpath(name).read_text() for name in ("session.js", "pending.js")), INSTALL]
)
_NOTHING_PENDING = _SCRIPTS.joinpath("nothing_pending.js").read_text()
_QUIET_FRAMES = _SCRIPTS.joinpath("quiet_frames.js").read_text()
_NOTHING = "() => null"
_AT_ONCE = """async (arg) => {
  const quiet = await (%(quiet)s
  )();
  return [quiet, quiet ? await (%(look)s
  )(arg) : null];
}"""
_ACT = """async ([given, arg]) => {
  const done = await (%(act)s
  )(given);
  const pending = window[Symbol.for("argus.pending")];
  if (done === null || !pending || document.readyState !== "complete") return [done, false, null];
  const left = pending.left.then(() => [false, null]); // told before the document is gone
  return [done, ...await Promise.race([left, (%(look)s
  )(arg)])];
}"""
_CALL = """(async (argument) => {
  const given = (%(given)s
  );
  return typeof given === "function" ? given(argument) : given;
})(%(argument)s)"""


@asynccontextmanager
async def new_session(
    browser: Browser,
    app_url: str,
    *,
    storage_state: StorageState | None = None,
    read_only: bool = False,
    exclude: Sequence[str] = (),
) -> AsyncGenerator["Session"]:
    """A session on a blank page, closed at the end. Sessions share nothing but the browser.

    `read_only` refuses every request whose method may change something (all but GET, HEAD and
    OPTIONS), of the page, its frames and its workers. `exclude` refuses every request to a path of
    the application that fits one of the patterns (`is_excluded`).
    """
    given, restore = _split(storage_state, app_url)
    context = await browser.new_context(
        viewport={"width": VIEWPORT_WIDTH, "height": VIEWPORT_HEIGHT},
        locale="en-US",
        timezone_id="UTC",
        reduced_motion="reduce",
        accept_downloads=False,
        service_workers="block",
        storage_state=given,
    )
    session = Session(context, app_url)
    try:
        await context.add_init_script(_INIT_SCRIPT)
        if read_only:
            await context.route("**/*", _refuse_unsafe_methods)
        if exclude:
            await context.route(partial(_is_out_of_bounds, app_url, exclude), _refuse)
        if restore:
            await session.before_the_first_document(restore)
        await session.renew()
        yield session
    finally:
        await session.close()


class Session:
    """A watched page. After any `PageFailed` the session is usable again, on a blank page."""

    page: Page
    """The current page; another one after `renew`."""
    dialogs: Literal["accept", "dismiss"]
    """How alerts, confirmations and prompts are answered from now on."""
    roles: Mapping[str, StorageState]
    """Sessions of others who use the application, to be tried in place of this one's user."""
    traced: bool
    """Playwright keeps a trace, which holds only what it does itself."""

    def __init__(self, context: BrowserContext, app_url: str) -> None:
        self.context = context
        self.app_url = app_url
        self.dialogs = "dismiss"
        self.roles = {}
        self.traced = False
        self._traffic = Traffic()
        self._fence: Fence | None = None
        self._first_document = AsyncExitStack()
        context.on("page", self._on_page)

    @property
    def url(self) -> str:
        return self.page.url

    @property
    def connected(self) -> bool:
        """Whether the browser is still there."""
        browser = self.context.browser
        return browser is not None and browser.is_connected()

    async def before_the_first_document(self, script: str) -> None:
        """Run `script` before those of the documents that the first `goto` loads."""
        installed = await self.context.add_init_script(script)
        await self._first_document.enter_async_context(installed)

    def mark(self) -> Mark:
        return self._traffic.mark()

    def since(self, mark: Mark) -> Window:
        """What happened since `mark`. Exchanges still open then are completed in place later."""
        return self._traffic.since(mark)

    async def renew(self) -> None:
        """Replace the page by a blank one; cookies and local storage stay."""
        await self._stop()
        for page in self.context.pages:
            await page.close()
        self.page = await self.context.new_page()
        self._traffic.watch(self.page)
        self.page.on("dialog", self._on_dialog)
        self._fence = await fenced(self.context, self.page, self.app_url, self._traffic.blocked)

    async def close(self) -> None:
        """End the session; its context is gone afterwards."""
        await self._stop()
        await self.context.close()

    async def _stop(self) -> None:
        """Refuse further documents: a page that is closed just as it commits one stays open."""
        if self._fence is not None:
            self._fence.shut()
        if self._traffic.busy_until() is not None:
            await self._traffic.request_ended(_LAST_DOCUMENT_S)

    async def goto(self, path_or_url: str, *, timeout_s: float = NAVIGATION_TIMEOUT_S) -> int:
        """Load a fresh document, let it `settle`, and return its HTTP status.

        A download, or an answer without content, leaves the page where it was.

        Raises:
            ApplicationUnreachable, RedirectLoop, PageNeverLoads, PageUnresponsive,
            NavigationBlocked: the page cannot be opened.
        """
        status, _ = await self._goto(path_or_url, timeout_s, _REST_S, _NOTHING, None)
        return status

    async def goto_and_look(self, path_or_url: str, function: str, argument: object) -> Any:
        """Load a fresh document and look at it at once; see `settle_and_look`.

        Raises:
            ApplicationUnreachable, RedirectLoop, PageNeverLoads, PageUnresponsive,
            NavigationBlocked: the page cannot be opened.
        """
        _, seen = await self._goto(path_or_url, NAVIGATION_TIMEOUT_S, None, function, argument)
        return seen and seen[0]

    async def _goto(
        self,
        path_or_url: str,
        timeout_s: float,
        rest_s: float | None,
        function: str,
        argument: object,
    ) -> tuple[int, tuple[Any] | None]:
        url = absolute_url(path_or_url, self.app_url)
        mark = self.mark()
        same_document = "#" in url and url.partition("#")[0] == self.url.partition("#")[0]
        try:
            await self._load(partial(self.page.goto, url), timeout_s)
            if same_document:
                await self._load(self.page.reload, timeout_s)
        except PlaywrightTimeout as error:
            failure = overdue(url, self.since(mark), timeout_s)
            await self.renew()
            raise failure from error
        except PlaywrightError as error:
            if failure := self._failure(url, mark, error):
                await self.renew()
                raise failure from error
        await self._first_document.aclose()
        limit_s = min(timeout_s, SETTLE_TIMEOUT_S * slowness())
        seen = await self._settle(limit_s, rest_s, function, argument)
        documents = self.since(mark).documents
        if len(documents) > _DOCUMENTS_IN_A_LOOP:
            await self.renew()
            raise overdue(url, self.since(mark), timeout_s)
        return documents[-1].status if documents else 0, seen

    async def settle(self, timeout_s: float = SETTLE_TIMEOUT_S, *, rest_s: float = _REST_S) -> bool:
        """Wait until the network and the document are quiet; False if they are not in time.

        Quiet means: no open request but streams and long polling, and `rest_s` (at the least a
        few animation frames) without a new one and without a change of the document.

        Raises:
            PageUnresponsive: the page's scripts do not yield, or its renderer crashed.
        """
        return (await self._settle(timeout_s, rest_s, _NOTHING, None)) is not None

    async def settle_and_look(self, timeout_s: float, function: str, argument: object) -> Any:
        """What `function` makes of `argument` on the page that has settled at once; else None.

        It has where the network is quiet, and the page's scripts wait for nothing that is due soon
        (pending.js). None means that it has come to rest only later, or not in time: look again.

        Raises:
            PageUnresponsive: the page's scripts do not yield, or its renderer crashed.
        """
        seen = await self._settle(timeout_s, None, function, argument)
        return seen and seen[0]

    async def act_and_look(
        self, act: str, given: object, function: str, argument: object
    ) -> tuple[Any, tuple[Any] | None]:
        """What `act` makes of `given`, and what `function` then makes of `argument`.

        That is None where `act` comes to null, or the page is not at rest at once, as
        `settle_and_look` has it.

        Raises:
            PageUnresponsive: the page's scripts do not yield, or its renderer crashed.
            playwright.async_api.Error: the script failed, or the page navigated meanwhile.
        """
        before = self._traffic.mark()
        look = _AT_ONCE % {"quiet": _NOTHING_PENDING, "look": function}
        script = _ACT % {"act": act, "look": look}
        done, quiet, seen = await self.evaluate(script, [given, argument])
        busy = self._traffic.busy_until() is not None
        at_rest = quiet and not busy and self._traffic.mark() == before
        return done, (seen,) if at_rest else None

    async def _settle(
        self, timeout_s: float, rest_s: float | None, function: str, argument: object
    ) -> tuple[Any] | None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_s
        started = self._traffic.mark().exchanges
        at_once = _AT_ONCE % {"quiet": _NOTHING_PENDING, "look": function}
        while (now := loop.time()) < deadline:
            busy_until = self._traffic.busy_until()
            if busy_until is not None:
                await self._traffic.request_ended(min(busy_until, deadline) - now)
                continue
            before = self._traffic.mark()
            if before.exchanges - started > _DOCUMENTS_IN_A_LOOP:
                documents = self._traffic.exchanges[started:]
                if sum(exchange.document for exchange in documents) > _DOCUMENTS_IN_A_LOOP:
                    return None
            quiet, seen = False, None
            try:
                if rest_s is None:
                    quiet, seen = await self.evaluate(at_once, argument)
                if not quiet:
                    seen = None
                    rest_ms = (_REST_S if rest_s is None else rest_s) * 1000
                    limits = [rest_ms, rest_ms + _FRAMES_LIMIT_MS]
                    quiet = await self.evaluate(_QUIET_FRAMES, limits)
            except PlaywrightError:  # the document was replaced meanwhile
                await self._traffic.request_ended(0.02)
                continue
            after = self._traffic.mark()
            if quiet and (before.exchanges, before.dialogs) == (after.exchanges, after.dialogs):
                return (seen,)
        return None

    async def evaluate(
        self, expression: str, argument: object = None, *, timeout_s: float = _SCRIPT_TIMEOUT_S
    ) -> Any:
        """The value, as JSON has it, of a JavaScript expression, in bounded time.

        Of a function it is what that makes of `argument`, of a promise what that comes to.

        Raises:
            PageUnresponsive: no answer in time, or the renderer crashed.
            playwright.async_api.Error: the script failed, or the page navigated meanwhile.
        """
        given = json.dumps(argument)
        return await self._evaluate(_CALL % {"given": expression, "argument": given}, timeout_s)

    async def evaluate_apart(self, script: str, *, timeout_s: float = _SCRIPT_TIMEOUT_S) -> Any:
        """Evaluate JavaScript on the page's document, but beside the page's own variables.

        Neither sees what the other defines, and no policy of the page forbids it.

        Raises:
            PageUnresponsive, playwright.async_api.Error: as `evaluate`.
        """
        return await self._evaluate(script, timeout_s, apart=True)

    async def _evaluate(self, script: str, timeout_s: float, *, apart: bool = False) -> Any:
        """By DevTools: Playwright would install itself in each document, beside the page."""
        fence = cast(Fence, self._fence)
        asked: dict[str, Any] = {
            "expression": script,
            "awaitPromise": True,
            "returnByValue": True,
            "userGesture": True,
        }
        try:
            async with asyncio.timeout(timeout_s * slowness()):
                if apart:
                    world = {"frameId": fence.main_frame, "worldName": "argus"}
                    created = await send(fence.devtools, "Page.createIsolatedWorld", world)
                    asked["contextId"] = created["executionContextId"]
                answer = await send(fence.devtools, "Runtime.evaluate", asked)
        except TimeoutError as error:
            url = self.url
            await self.renew()
            raise PageUnresponsive(f"{url}: the page's scripts do not yield") from error
        except PlaywrightError as error:
            if "crash" not in error.message:
                raise
            url = self.url
            await self.renew()
            raise PageUnresponsive(f"{url}: the page crashed") from error
        if thrown := answer.get("exceptionDetails"):
            raise PlaywrightError(thrown.get("exception", {}).get("description") or thrown["text"])
        return answer["result"].get("value")

    @asynccontextmanager
    async def nothing_changes(
        self, reads: Container[str] = (), *, sockets: bool = False
    ) -> AsyncGenerator[None]:
        """Refuse in this block what may change something; see `Fence.nothing_changes`."""
        async with cast(Fence, self._fence).nothing_changes(reads, sockets=sockets):
            yield

    async def collect_garbage(self) -> None:
        """Let the page's process give back the memory of documents that are gone."""
        await send(cast(Fence, self._fence).devtools, "HeapProfiler.collectGarbage")

    async def screenshot(self) -> bytes:
        """The visible part of the page as a JPEG of some 30 to 100 kB.

        Raises:
            PageUnresponsive: the page does not paint.
        """
        try:
            return await self.page.screenshot(
                type="jpeg",
                quality=60,
                scale="css",
                animations="disabled",
                timeout=SCREENSHOT_TIMEOUT_S * 1000,
            )
        except PlaywrightTimeout as error:
            raise PageUnresponsive(f"{self.url} does not paint") from error

    async def storage_state(self) -> StorageState:
        """Cookies and local storage: what makes another session the same user. Secret."""
        return await self.context.storage_state()

    async def _load(self, navigate: Callable[..., Any], timeout_s: float) -> None:
        mark = self.mark()
        try:
            await navigate(wait_until="domcontentloaded", timeout=timeout_s * 1000)
        except PlaywrightTimeout:
            more_s = timeout_s * (slowness() - 1)
            if more_s <= 0 or not _has_come(self.since(mark)):
                raise
            await self.page.wait_for_load_state("domcontentloaded", timeout=more_s * 1000)

    def _failure(self, url: str, mark: Mark, error: PlaywrightError) -> PageFailed | None:
        """The failure behind a navigation's error; None if it only led elsewhere."""
        window = self.since(mark)
        message = error.message.partition("\n")[0]
        if window.blocked:
            return NavigationBlocked(f"{url} leads to {window.blocked[-1]}")
        if "ERR_TOO_MANY_REDIRECTS" in message:
            return RedirectLoop(f"{url} redirects again and again")
        if "crash" in message:
            return PageUnresponsive(f"{url}: the page crashed")
        if "interrupted by another navigation" in message or any(
            exchange.status for exchange in window.documents
        ):
            return None
        return ApplicationUnreachable(f"{url} does not answer: {message}")

    async def _on_dialog(self, dialog: Dialog) -> None:
        accepted = dialog.type == "beforeunload" or self.dialogs == "accept"
        self._traffic.dialogs.append(DialogSeen(dialog.type, dialog.message, accepted))
        try:
            await (dialog.accept() if accepted else dialog.dismiss())
        except PlaywrightError:  # the page went away meanwhile, and the dialog with it
            return

    async def _on_page(self, page: Page) -> None:
        if await page.opener() is None:
            return
        self._traffic.popups.append(page.url)
        await page.close()


def _split(state: StorageState | None, app_url: str) -> tuple[StorageState | None, str]:
    """What Playwright restores of `state`, and a script for the application's local storage.

    Playwright opens a page of each origin to fill its storage: a process, and a request's time.
    """
    if state is None:
        return None, ""
    origins = state.get("origins", [])
    ours = [each for each in origins if same_application(each.get("origin", ""), app_url)]
    stored = {each.get("origin", ""): each.get("localStorage", []) for each in ours}
    script = _RESTORE % json.dumps(stored) if any(stored.values()) else ""
    return {**state, "origins": [each for each in origins if each not in ours]}, script


def overdue(url: str, window: Window, timeout_s: float) -> PageFailed:
    """Why the document of `url` did not come to rest in `timeout_s`, by what `window` saw of it."""
    if len(window.documents) > _DOCUMENTS_IN_A_LOOP:
        return RedirectLoop(f"{url} redirects again and again")
    if any(exchange.failure for exchange in window.documents):
        return PageNeverLoads(f"{url} breaks off: {window.documents[-1].failure}")
    if _has_come(window):
        return PageUnresponsive(f"{url}: the page's scripts do not yield")
    return PageNeverLoads(f"{url} is not loaded after {timeout_s:.2g} s")


def _has_come(window: Window) -> bool:
    """Whether all that was asked for has been answered: what lacks is up to the browser."""
    return bool(window.exchanges) and all(exchange.ended for exchange in window.exchanges)


def _is_out_of_bounds(app_url: str, exclude: Sequence[str], url: str) -> bool:
    return same_application(url, app_url) and is_excluded(url, exclude)


async def _refuse(route: Route) -> None:
    await route.abort("aborted")


async def _refuse_unsafe_methods(route: Route) -> None:
    if route.request.method in SAFE_METHODS:
        await route.continue_()
    else:
        await route.abort("aborted")
