"""A browser, and a small application whose pages a test writes and changes as it goes."""

import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from argus.services.qa.browser.elements import target_of
from argus.services.qa.browser.session import Session, new_session
from argus.services.qa.execution.browsers import Browsers
from argus.services.qa.execution.execute import Bench
from argus.services.qa.ir import (
    Action,
    Flow,
    Mutation,
    RowCount,
    Step,
    Test,
    Variable,
    VariableKind,
)

NOTE_FORM = """
<form method=post id=note-form class=card><h2>New note</h2>
<p><label for=title>Title</label> <input id=title name=title required></p>
<p><button id=save class="btn primary" name=action value=save>Save</button></p>
</form>"""


class NotesApp:
    """Notes with a list at `/` and a form at `/add`; its attributes are what may go wrong."""

    def __init__(self) -> None:
        self.form = NOTE_FORM
        self.notes: list[str] = []
        self.saves = True
        self.save_status = 302
        self.failures_left = 0
        self.url = ""

    def page(self, path: str) -> tuple[int, str]:
        if path == "/add":
            return 200, f"<title>Add</title><main><h1>Notes</h1>{self.form}</main>"
        if path == "/":
            items = "".join(
                f"<tr><td>{escape(note)}</td><td><button class=drop>Open</button></td></tr>"
                for note in self.notes
            )
            return (
                200,
                f"<main><h1>Notes</h1><a href=/add>Add note</a><table>{items}</table></main>",
            )
        return 404, "<h1>Not found</h1>"

    def save(self, title: str) -> int:
        if self.failures_left:
            self.failures_left -= 1
            return 500
        if self.saves and self.save_status < 400:
            self.notes.append(title)
        return self.save_status


@pytest.fixture
def notes() -> Generator[NotesApp]:
    """A running `NotesApp`."""
    app = NotesApp()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer(*app.page(self.path))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            status = app.save(parse_qs(body).get("title", [""])[0])
            self.answer(status, "<h1>Something went wrong</h1>" if status >= 400 else "")

        def answer(self, status: int, html: str) -> None:
            content = html.encode()
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "/")
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        app.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield app
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
async def browsers() -> AsyncGenerator[Browsers]:
    async with Browsers() as running:
        yield running


@pytest.fixture
async def session(browsers: Browsers, notes: NotesApp) -> AsyncGenerator[Session]:
    """A session on the notes application, on a blank page."""
    async with new_session(await browsers.get(), notes.url) as running:
        yield running


@pytest.fixture
def bench(browsers: Browsers, notes: NotesApp, tmp_path: Path) -> Bench:
    """A bench on the notes application, impatient with what is missing."""
    return Bench(browsers, notes.url, seed=1, evidence=tmp_path, timeout_s=0.6)


@pytest.fixture
def show(session: Session, notes: NotesApp) -> Callable[[str], Awaitable[None]]:
    """Shows a page with the given body."""

    async def open_page(html: str) -> None:
        await session.goto("/nowhere")
        await session.page.set_content(html)

    return open_page


@pytest.fixture
async def create_note(session: Session, notes: NotesApp) -> Test:
    """A test learned on the original application: add a note, and find it in the list."""
    page = session.page
    await session.goto("/add")
    title = await target_of(page, page.locator("#title"))
    save = await target_of(page, page.locator("#save"))
    listed = RowCount(text="${title}", count=1, oracle="a created note appears in its list once")
    sent = Mutation(method="POST", url_template="/add", oracle="saving sends the note")
    return Test(
        id="create-note",
        name="Create a note",
        flow=Flow.CREATE,
        variables={"title": Variable(kind=VariableKind.TEXT, unique=True)},
        steps=(
            Step(id="s1", action=Action.GOTO, value="/add", post_url="/add"),
            Step(id="s2", action=Action.FILL, target=title, value="${title}", post_url="/add"),
            Step(id="s3", action=Action.CLICK, target=save, expect=(sent, listed), post_url="/"),
        ),
    )
