"""A web application of a few lines, for tests of what meets web applications."""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qsl, urlsplit

from support.listening import Quiet, listening


class Stall(Enum):
    """How a page fails to arrive."""

    NO_ANSWER = "no_answer"
    ENDLESS_BODY = "endless_body"
    HANG_UP = "hang_up"


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    query: dict[str, str]
    form: dict[str, str]
    cookies: str
    body: str


@dataclass(frozen=True)
class Answer:
    html: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict[str, str])


Page = str | Answer | Stall | Callable[[Asked], "str | Answer"]


def redirect(location: str, cookie: str = "") -> Answer:
    headers = {"Location": location} | ({"Set-Cookie": cookie} if cookie else {})
    return Answer(status=302, headers=headers)


@dataclass
class WebSite:
    """Pages by path; a path ending in `*` takes all that begin so. Everything else is 404."""

    pages: dict[str, Page] = field(default_factory=dict[str, Page])
    asked: list[Asked] = field(default_factory=list[Asked])
    url: str = ""

    def page(self, path: str) -> Page:
        wildcards = (known for known in self.pages if known.endswith("*"))
        begins = next((known for known in wildcards if path.startswith(known[:-1])), None)
        return self.pages.get(path) or (self.pages[begins] if begins else Answer(status=404))


@contextmanager
def serve(site: WebSite) -> Generator[WebSite]:
    """`site`, listening at its `url` until the block ends; stalled answers end with it."""
    closing = threading.Event()

    class Handler(Quiet, BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
            asked = Asked(
                self.command,
                parts.path,
                dict(parse_qsl(parts.query)),
                dict(parse_qsl(body)),
                self.headers["Cookie"] or "",
                body,
            )
            site.asked.append(asked)
            page = site.page(asked.path)
            if page is Stall.HANG_UP:
                self.close_connection = True
            elif page is Stall.NO_ANSWER:
                closing.wait()
            elif page is Stall.ENDLESS_BODY:
                self.begin(Answer())
                self.wfile.write(b"<h1>Begun</h1>")
                closing.wait()
            else:
                answer = page(asked) if callable(page) else page
                assert not isinstance(answer, Stall)
                answer = Answer(answer) if isinstance(answer, str) else answer
                self.begin(answer)
                self.wfile.write(answer.html.encode())

        def do_POST(self) -> None:
            self.do_GET()

        def do_PUT(self) -> None:
            self.do_GET()

        def do_DELETE(self) -> None:
            self.do_GET()

        def begin(self, answer: Answer) -> None:
            self.send_response(answer.status)
            for name, value in (
                {"Content-Type": "text/html; charset=utf-8"} | answer.headers
            ).items():
                self.send_header(name, value)
            self.end_headers()

    with listening(Handler) as site.url:
        try:
            yield site
        finally:
            closing.set()
