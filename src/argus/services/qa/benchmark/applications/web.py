"""What the seeded applications are made of: a function from requests to answers, and its server.

Each is written in another style of markup, keeps its records in memory, and has bugs that are
switched on one at a time. They hide what is wrong as a real defect would: nothing in a page or an
address tells that a bug is on.
"""

import re
import threading
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar, TypeVar
from urllib.parse import parse_qsl, urlsplit

from jinja2 import Environment, FileSystemLoader

from argus.services.qa.benchmark.redesign import Look, Redesign
from argus.services.qa.ir import Flow

_LIMIT_BYTES = 1_000_000
_ROUTES = "routes"
_TEMPLATES = Path(__file__).parent / "templates"


class Kind(StrEnum):
    """What an injected bug breaks."""

    ELEMENT_MISSING = "element missing"
    NO_EFFECT = "no effect"
    WRONG_PAGE = "wrong page"
    WRONG_RESULT = "wrong result"
    SERVER_ERROR = "server error"
    WRONG_SUM = "wrong sum"
    MISSING_AUTHORIZATION = "missing authorization"


@dataclass(frozen=True)
class Bug:
    """A defect that can be switched on; `flow` is the flow it breaks first."""

    name: str
    kind: Kind
    flow: Flow


@dataclass(frozen=True)
class Screen:
    """A label: one logical page, and where it shows.

    `addresses` is a regular expression over path and query; `samples` are addresses that show it,
    after clicking on `press` where that is not empty.
    """

    name: str
    addresses: str
    samples: tuple[str, ...]
    press: str = ""
    dialog: bool = False
    invalid: bool = False


@dataclass(frozen=True)
class Request:
    """What a browser sent."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    form: Mapping[str, str] = field(default_factory=dict[str, str])
    cookies: Mapping[str, str] = field(default_factory=dict[str, str])
    authorization: str = ""
    body: bytes = b""


@dataclass(frozen=True)
class Response:
    """What it is answered."""

    body: str | bytes = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    media_type: str = "text/html; charset=utf-8"


class Disconnect(Exception):
    """Raised instead of an answer: the connection is closed without one."""


Handler = Callable[..., Response]
Decorated = TypeVar("Decorated", bound=Handler)


def route(method: str, *paths: str) -> Callable[[Decorated], Decorated]:
    """The method answers requests to these paths, in which `{}` stands for a number."""

    def mark(handler: Decorated) -> Decorated:
        setattr(handler, _ROUTES, [(method, path) for path in paths])
        return handler

    return mark


def redirect(path: str) -> Response:
    """The answer to a form that was accepted."""
    return Response(status=303, headers={"Location": path})


class Application:
    """A web application with one bug at most; a subclass has routes, seeds and templates."""

    name: ClassVar[str]
    bugs: ClassVar[tuple[Bug, ...]]
    screens: ClassVar[tuple[Screen, ...]]
    users: ClassVar[Mapping[str, str]] = {}
    """Passwords; the first is who tests. Empty: nobody signs in."""

    def __init__(self, bug: str = "") -> None:
        known = {each.name for each in self.bugs}
        if bug and bug not in known:
            raise ValueError(f"{self.name} has no bug {bug!r}, only {sorted(known)}")
        self.bug = bug
        self.disturb: Callable[[Request], Response | None] = lambda _: None
        """Looks at a request first; what it returns is the answer."""

    def handle(self, request: Request) -> Response:
        """The answer to a request; 404 where no route takes it."""
        disturbed = self.disturb(request)
        if disturbed is not None:
            return disturbed
        for method, pattern, name in _routes(type(self)):
            found = pattern.fullmatch(request.path)
            if found is not None and method == request.method:
                return getattr(self, name)(request, *(int(each) for each in found.groups()))
        return self.not_found()

    def not_found(self) -> Response:
        return Response(self.render("not_found"), 404)

    def render(self, template: str, /, **values: Any) -> str:
        return (
            _environment(self.name).get_template(f"{template}.html").render(bug=self.bug, **values)
        )

    def page(self, template: str, /, **values: Any) -> Response:
        return Response(self.render(template, **values))

    def crash(self) -> Response:
        """What a server says whose code raised."""
        return Response("<h1>Internal Server Error</h1>", 500)


@cache
def _environment(application: str) -> Environment:
    return Environment(loader=FileSystemLoader(_TEMPLATES / application), autoescape=True)


@cache
def _routes(application: type[Application]) -> list[tuple[str, re.Pattern[str], str]]:
    return [
        (method, re.compile(re.escape(path).replace(r"\{\}", r"(\d+)")), name)
        for name in dir(application)
        for method, path in getattr(getattr(application, name), _ROUTES, ())
    ]


@dataclass
class Served:
    """A running application."""

    url: str
    application: Application
    stop: Callable[[], None]
    """From then on nothing answers at the address."""


@contextmanager
def serving(application: Application, look: Look = Look.ORIGINAL) -> Generator[Served]:
    """The application at a loopback address of its own, one request at a time."""
    redesign = None if look is Look.ORIGINAL else Redesign(drifted=look is Look.DRIFTED)
    one_at_a_time = threading.Lock()

    class Connection(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            length = min(int(self.headers.get("Content-Length") or 0), _LIMIT_BYTES)
            sent = self.rfile.read(length)
            request = Request(
                self.command,
                parts.path,
                _pairs(parts.query),
                _pairs(sent.decode(errors="replace")),
                {m.key: m.value for m in SimpleCookie(self.headers.get("Cookie", "")).values()},
                self.headers.get("Authorization", ""),
                sent,
            )
            try:
                with one_at_a_time:
                    answer = application.handle(request)
            except Disconnect:
                self.close_connection = True
                return
            body = answer.body
            if isinstance(body, str):
                is_page = answer.media_type.startswith("text/html")
                body = (redesign.html(body) if redesign and is_page else body).encode()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.media_type)
            self.send_header("Content-Length", str(len(body)))
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        # http.server's names
        do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_TRACE = do_HEAD = do_GET  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:  # the browser went first
                self.close_connection = True

    class Server(ThreadingHTTPServer):
        daemon_threads = True

    server = Server(("127.0.0.1", 0), Connection)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()

    def stop() -> None:
        server.shutdown()
        thread.join()
        server.server_close()

    try:
        yield Served(f"http://127.0.0.1:{server.server_port}/", application, stop)
    finally:
        stop()


def _pairs(text: str) -> dict[str, str]:
    return dict(parse_qsl(text, keep_blank_values=True))


def matching(rows: Iterable[dict[str, Any]], words: str) -> list[dict[str, Any]]:
    """The rows that have the words in one of their values."""
    wanted = words.casefold()
    return [row for row in rows if any(wanted in str(value).casefold() for value in row.values())]
