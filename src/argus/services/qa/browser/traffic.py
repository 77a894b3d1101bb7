"""What a page did: requests, script errors, console errors and dialogs, each in order."""

import asyncio
from dataclasses import dataclass, field

from playwright.async_api import ConsoleMessage, Page, Request, Response
from playwright.async_api import Error as PlaywrightError

from argus.services.qa.urls import path_template

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

DIALOG_BUDGET = 20
"""More dialogs than this from one document, or in one window, are a storm."""

LONG_LIVED_AFTER_S = 2.0
"""A background GET unanswered for so long is taken for long polling or a stream."""

_BROKEN_OFF = "net::ERR_ABORTED"
_ENDED_BY_US = "argus: too many dialogs"
_MOST_ERRORS = 5_000  # a page may throw at every frame

_STREAMS = frozenset({"eventsource", "websocket", "ping", "media"})


@dataclass(slots=True, eq=False)
class Exchange:
    """One HTTP request; each hop of a redirect is one. Status and failure arrive later."""

    method: str
    url: str
    resource_type: str
    """As Playwright names it: `document`, `xhr`, `fetch`, `image`, ..."""
    document: bool
    """It loads the page itself (not a frame inside it)."""
    started: float
    status: int = 0
    """0 until answered."""
    failure: str = ""
    """The browser's reason (`net::ERR_CONNECTION_REFUSED`) where there was no whole answer."""
    ended: bool = False
    headers: dict[str, str] = field(default_factory=dict[str, str])
    """Of the answer, names in lower case; kept of documents only."""

    @property
    def mutating(self) -> bool:
        return self.method not in SAFE_METHODS

    @property
    def held_back(self) -> bool:
        """It may have changed something, and was refused by the session, or broken off."""
        return self.mutating and self.failure == _BROKEN_OFF


@dataclass(frozen=True, slots=True)
class ScriptError:
    """An uncaught exception or rejection."""

    message: str
    stack: str
    url: str


@dataclass(frozen=True, slots=True)
class DialogSeen:
    """A dialog that opened and was answered."""

    kind: str
    """`alert`, `confirm`, `prompt` or `beforeunload`."""
    message: str
    accepted: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """A point in time of a session."""

    exchanges: int
    errors: int
    console: int
    dialogs: int
    blocked: int
    popups: int
    downloads: int


@dataclass(frozen=True, slots=True)
class Window:
    """All that happened between two marks."""

    exchanges: tuple[Exchange, ...]
    errors: tuple[ScriptError, ...]
    console: tuple[str, ...]
    """Messages of level `error`, without the browser's own about failed loads."""
    dialogs: tuple[DialogSeen, ...]
    blocked: tuple[str, ...]
    """URLs of navigations that the session refused since they leave the application."""
    popups: tuple[str, ...]
    """URLs of windows the page opened, which were closed."""
    downloads: tuple[str, ...]
    """Names of files that were offered, and refused."""

    @property
    def eventful(self) -> bool:
        """Whether anything at all happened."""
        return any(
            (
                self.exchanges,
                self.errors,
                self.console,
                self.dialogs,
                self.blocked,
                self.popups,
                self.downloads,
            )
        )

    @property
    def mutations(self) -> tuple[Exchange, ...]:
        return tuple(exchange for exchange in self.exchanges if exchange.mutating)

    @property
    def held_back(self) -> bool:
        """A request was held back: errors may follow from that."""
        return any(exchange.held_back for exchange in self.exchanges)

    @property
    def documents(self) -> tuple[Exchange, ...]:
        return tuple(exchange for exchange in self.exchanges if exchange.document)

    @property
    def dialog_storm(self) -> bool:
        return sum(dialog.kind != "beforeunload" for dialog in self.dialogs) >= DIALOG_BUDGET


@dataclass
class Traffic:
    """The record of one session; it survives the replacement of the session's page."""

    exchanges: list[Exchange] = field(default_factory=list[Exchange])
    errors: list[ScriptError] = field(default_factory=list[ScriptError])
    console: list[str] = field(default_factory=list[str])
    dialogs: list[DialogSeen] = field(default_factory=list[DialogSeen])
    blocked: list[str] = field(default_factory=list[str])
    popups: list[str] = field(default_factory=list[str])
    downloads: list[str] = field(default_factory=list[str])
    _open: dict[Request, Exchange] = field(default_factory=dict[Request, Exchange])
    _long_lived: set[str] = field(default_factory=set[str])
    _ended: asyncio.Event = field(default_factory=asyncio.Event)

    def watch(self, page: Page) -> None:
        """Record `page` instead of the page watched before, whose open requests are forgotten."""
        self._open.clear()
        page.on("request", self._on_request)
        page.on("response", self._on_response)
        page.on("requestfinished", self._on_finished)
        page.on("requestfailed", self._on_failed)
        page.on("pageerror", lambda error: self._on_error(page, error))
        page.on("console", self._on_console)
        page.on("download", lambda download: self.downloads.append(download.suggested_filename))

    def mark(self) -> Mark:
        return Mark(
            len(self.exchanges),
            len(self.errors),
            len(self.console),
            len(self.dialogs),
            len(self.blocked),
            len(self.popups),
            len(self.downloads),
        )

    def since(self, mark: Mark) -> Window:
        return Window(
            tuple(self.exchanges[mark.exchanges :]),
            tuple(self.errors[mark.errors :]),
            tuple(self.console[mark.console :]),
            tuple(self.dialogs[mark.dialogs :]),
            tuple(self.blocked[mark.blocked :]),
            tuple(self.popups[mark.popups :]),
            tuple(self.downloads[mark.downloads :]),
        )

    def busy_until(self) -> float | None:
        """Loop time up to which open requests are worth waiting for; None when there are none."""
        latest: float | None = None
        now = asyncio.get_running_loop().time()
        for exchange in self._open.values():
            if exchange.resource_type in _STREAMS:
                continue
            until = float("inf")
            if not exchange.document and not exchange.mutating:
                until = exchange.started + LONG_LIVED_AFTER_S
                if until <= now:
                    self._long_lived.add(path_template(exchange.url))
                if path_template(exchange.url) in self._long_lived:
                    continue
            latest = until if latest is None else max(latest, until)
        return latest

    async def request_ended(self, timeout_s: float) -> None:
        """Return when a request ends, or after `timeout_s`."""
        self._ended.clear()
        try:
            async with asyncio.timeout(timeout_s):
                await self._ended.wait()
        except TimeoutError:
            return

    def _on_request(self, request: Request) -> None:
        if request.url.startswith(("data:", "blob:")):
            return
        exchange = Exchange(
            method=request.method,
            url=request.url,
            resource_type=request.resource_type,
            document=request.is_navigation_request() and request.frame.parent_frame is None,
            started=asyncio.get_running_loop().time(),
        )
        self.exchanges.append(exchange)
        self._open[request] = exchange

    def _on_response(self, response: Response) -> None:
        if exchange := self._open.get(response.request):
            exchange.status = response.status
            if exchange.document:
                exchange.headers = response.headers

    def _on_finished(self, request: Request) -> None:
        self._end(request, "")

    def _on_failed(self, request: Request) -> None:
        self._end(request, request.failure or "failed")

    def _end(self, request: Request, failure: str) -> None:
        if exchange := self._open.pop(request, None):
            exchange.ended, exchange.failure = True, failure
        self._ended.set()

    def _on_error(self, page: Page, error: PlaywrightError) -> None:
        if error.message.startswith(_ENDED_BY_US) or len(self.errors) >= _MOST_ERRORS:
            return
        self.errors.append(ScriptError(error.message, error.stack or "", page.url))

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type != "error" or len(self.console) >= _MOST_ERRORS:
            return
        if not message.text.startswith("Failed to load resource"):
            self.console.append(message.text)
