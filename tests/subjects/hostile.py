"""An application that misbehaves in one way: `python tests/subjects/hostile.py redirects`."""

from enum import StrEnum
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event
from urllib.parse import urlsplit

from process import arguments, serve

DRIP_S = 0.05
DELAY_S = 3
HUGE_ELEMENTS = 100_000


class Way(StrEnum):
    ERRORS = "errors"
    """Every address answers 500."""
    REDIRECTS = "redirects"
    """Every address redirects to the next one, without end."""
    SCRIPTED_REDIRECTS = "scripted_redirects"
    """Every page loads, then moves on to the next one by itself."""
    SILENT = "silent"
    """Requests are accepted and never answered."""
    ENDLESS = "endless"
    """The answer's body never ends."""
    CUT_OFF = "cut_off"
    """The answer breaks off before its announced length."""
    SLOW = "slow"
    """Each page takes `DELAY_S` seconds."""
    DIALOGS = "dialogs"
    """Alerts, confirms and prompts keep coming, and leaving the page asks for a confirmation."""
    DIALOG_LOOP = "dialog_loop"
    """The page's script is an endless loop of alerts."""
    BUSY_LOOP = "busy_loop"
    """The page's script never gives the browser back, from the first click on."""
    POPUPS = "popups"
    """Each click opens another window."""
    SCRIPT_ERRORS = "script_errors"
    """Errors and rejections nobody catches, console errors, a missing script and image."""
    INFINITE_LINKS = "infinite_links"
    """Each page links to two new ones of the same kind, and to a new query of itself."""
    MANY_LINKS = "many_links"
    """One page with 10,000 links to different paths."""
    HUGE = "huge"
    """A page of `HUGE_ELEMENTS` elements."""
    NOT_HTML = "not_html"
    """Bytes that are no page, announced as one."""


SCRIPTS = {
    Way.SCRIPTED_REDIRECTS: """setTimeout(() => location.href = '/' + Math.random(), 50)""",
    Way.DIALOGS: """
        onbeforeunload = event => event.preventDefault();
        setInterval(() => { alert('Again!'); confirm('Sure?'); prompt('Name?') }, 10)""",
    Way.DIALOG_LOOP: """onload = () => { while (true) alert('And again!') }""",
    Way.BUSY_LOOP: """addEventListener('click', () => { while (true) {} })""",
    Way.POPUPS: """addEventListener('click', () => open('/' + Math.random()))""",
    Way.SCRIPT_ERRORS: """
        console.error('the console is told');
        setTimeout(() => { throw new Error('nobody catches this') });
        Promise.reject(new Error('nor this'));
        missing.property = 1""",
}


def body(way: Way, path: str) -> str:
    """The page at `path`: a form, a button and a link, and what makes `way` special."""
    name = path.rpartition("/")[2]
    number = int(name) if name.isdecimal() else 0
    extra = f"<script>{SCRIPTS[way]}</script>" if way in SCRIPTS else ""
    match way:
        case Way.SCRIPT_ERRORS:
            extra += "<script src=/missing.js></script><img src=/missing.png alt=Missing>"
        case Way.INFINITE_LINKS:
            links = (f"/item/{2 * number + 1}", f"/item/{2 * number + 2}", f"?page={number + 1}")
            extra += "".join(f"<p><a href='{link}'>Go to {link}</a></p>" for link in links)
        case Way.MANY_LINKS:
            links = (f"<li><a href=/page-{n}/x>Page {n}</a></li>" for n in range(10_000))
            extra += f"<ul>{''.join(links)}</ul>"
        case Way.HUGE:
            cells = "<td>1<td>2<td>3<td>4<td>5<td>6<td>7<td>8<td><button>Open</button>"
            extra += f"<table>{f'<tr>{cells}' * (HUGE_ELEMENTS // 11)}</table>"
        case _:
            pass
    return f"""<!doctype html><html lang=en><title>Hostile: {way}</title>
        <h1>Hostile: {way}</h1><nav><a href=/>Home</a> <a href=/about>About</a></nav>
        <form method=post action=/save><label>Name <input name=name required></label>
        <button>Save</button></form>{extra}"""


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int, way: Way) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.way = way
        self.never = Event()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        match self.server.way:
            case Way.SILENT:
                self.server.never.wait()
            case Way.ERRORS:
                self.answer(HTTPStatus.INTERNAL_SERVER_ERROR, "<h1>Internal Server Error</h1>")
            case Way.REDIRECTS:
                turn = int(path.rpartition("/")[2] or 0) if path.startswith("/turn/") else 0
                self.send_response(HTTPStatus.FOUND)
                self.send_header("Location", f"/turn/{turn + 1}")
                self.send_header("Content-Length", "0")
                self.end_headers()
            case Way.ENDLESS:
                self.drip()
            case Way.CUT_OFF:
                self.announce(HTTPStatus.OK, 1_000_000)
                self.wfile.write(body(Way.CUT_OFF, path).encode())
                self.close_connection = True
            case Way.NOT_HTML:
                self.answer(HTTPStatus.OK, bytes(range(256)) * 64)
            case _ if path.startswith("/missing"):
                self.answer(HTTPStatus.NOT_FOUND, "<h1>Not Found</h1>")
            case way:
                self.server.never.wait(DELAY_S if way is Way.SLOW else 0)
                self.answer(HTTPStatus.OK, body(way, path))

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.do_GET()

    def announce(self, status: HTTPStatus, length: int) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def answer(self, status: HTTPStatus, page: str | bytes) -> None:
        content = page.encode() if isinstance(page, str) else page
        self.announce(status, len(content))
        self.wfile.write(content)

    def drip(self) -> None:
        """Sends a page and then a paragraph every `DRIP_S` seconds until the browser goes."""
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Connection", "close")
        self.end_headers()
        try:
            self.wfile.write(body(Way.ENDLESS, "/").encode())
            while not self.server.never.wait(DRIP_S):
                self.wfile.write(b"<p>And another thing.</p>\n")
        except OSError:
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("way", type=Way, choices=list(Way))
    options = parser.parse_args()
    serve(Server(options.port, options.way))


if __name__ == "__main__":
    main()
