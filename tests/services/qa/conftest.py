"""A browser, and a small application whose pages a test writes and changes as it goes."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Mapping
from html import escape
from http.server import BaseHTTPRequestHandler
from itertools import count
from pathlib import Path
from typing import Any, Protocol, cast
from urllib.parse import parse_qs

import pytest
import pytest_asyncio
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver
from playwright.async_api import Browser

from argus.services.qa.browser.elements import target_of
from argus.services.qa.browser.session import Session, new_session
from argus.services.qa.discovery.site import Credentials, Site
from argus.services.qa.execution.browsers import Browsers
from argus.services.qa.execution.execute import Bench
from argus.services.qa.expectation import Mutation, RowCount
from argus.services.qa.ir import Action, Flow, Login, Step, Suite, Test, Variable, VariableKind
from argus.services.qa.judging import Judged
from argus.services.qa.leads import NO_LEADS, Leads
from argus.services.qa.loop.graph import Options, Workbench, build_graph
from support.listening import Quiet, listening

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
        self.pages: dict[str, tuple[int, str]] = {}
        self.saves = True
        self.save_status = 302
        self.failures_left = 0
        self.hang_ups_left = 0
        """How many saves are not answered; after a negative number of them nothing is any more."""
        self.url = ""

    def page(self, path: str) -> tuple[int, str]:
        if path in self.pages:
            return self.pages[path]
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

    @property
    def gone(self) -> bool:
        """Nobody answers."""
        return self.hang_ups_left < -1

    def hangs_up(self) -> bool:
        """Whether this save gets no answer."""
        if self.hang_ups_left == 0:
            return False
        self.hang_ups_left -= 1
        return True

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

    class Handler(Quiet, BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if app.gone:
                self.close_connection = True
                return
            self.answer(*app.page(self.path))

        def do_POST(self) -> None:
            if app.hangs_up():
                self.close_connection = True
                return
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

    with listening(Handler) as app.url:
        yield app


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that share the browser share the event loop it lives in."""
    for item in items:
        if "browsers" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browsers() -> AsyncGenerator[Browsers]:
    """One browser for all tests; each has contexts of its own."""
    async with Browsers() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def browser(browsers: Browsers) -> Browser:
    return await browsers.get()


@pytest_asyncio.fixture(loop_scope="session")
async def session(browsers: Browsers, notes: NotesApp) -> AsyncGenerator[Session]:
    """A session on the notes application, on a blank page."""
    async with new_session(await browsers.get(), notes.url) as running:
        yield running


@pytest.fixture
def bench(browsers: Browsers, notes: NotesApp, tmp_path: Path) -> Bench:
    """A bench on the notes application, impatient with what is missing."""
    return Bench(browsers, notes.url, seed=1, evidence=tmp_path, timeout_s=1.5)


class Diary:
    """The journal of a run, in memory."""

    def __init__(self) -> None:
        self.results: dict[str, Judged] = {}
        self._nonces = count()

    async def event(self, type_: str, data: Mapping[str, object]) -> None:
        pass

    async def judged(self, judged: Judged) -> None:
        self.results[judged.result.id] = judged

    async def finished_tests(self) -> set[str]:
        return set(self.results)

    async def report(self, suite: Suite, site: Site | None, leads: Leads = NO_LEADS) -> None:
        pass

    def nonce(self) -> str:
        return f"{id(self)}-{next(self._nonces)}"


class Replay(Protocol):
    """Runs tests through the testing loop; the results by test id, in the order they came."""

    async def __call__(
        self,
        *tests: Test,
        login: Login | None = None,
        credentials: Credentials | None = None,
        budget_s: float = 60,
    ) -> dict[str, Judged]: ...


@pytest.fixture
def replay(bench: Bench) -> Replay:
    async def run(
        *tests: Test,
        login: Login | None = None,
        credentials: Credentials | None = None,
        budget_s: float = 60,
    ) -> dict[str, Judged]:
        options = Options(
            app_url=bench.app_url,
            seed=1,
            max_pages=1,
            time_budget_s=budget_s,
            read_only=False,
            parallel_tests=2,
        )
        diary = Diary()
        graph = build_graph(Workbench(options, bench, credentials, diary), InMemorySaver())
        suite = Suite(app_url=bench.app_url, seed=1, login=login, tests=tests)
        config = RunnableConfig(configurable={"thread_id": "run"})
        await graph.ainvoke(cast("Any", {"suite": suite.model_dump(mode="json")}), config)
        return diary.results

    return run


@pytest.fixture
def judge(replay: Replay) -> Callable[[Test], Awaitable[Judged]]:
    """Runs one test through the testing loop."""

    async def run(test: Test) -> Judged:
        return (await replay(test))[test.id]

    return run


@pytest.fixture
def show(session: Session, notes: NotesApp) -> Callable[[str], Awaitable[None]]:
    """Shows a page with the given body."""

    async def open_page(html: str) -> None:
        await session.goto("/nowhere")
        await session.page.set_content(html)

    return open_page


@pytest_asyncio.fixture(loop_scope="session")
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
