"""What belongs to one user, tried with another's session, on an application with two users."""

from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.async_api import Browser
from pydantic import SecretStr

from argus.services.qa import ir
from argus.services.qa.browser.session import new_session
from argus.services.qa.discovery.login import sign_in
from argus.services.qa.discovery.site import Credentials, Role
from argus.services.qa.execution.browsers import Browsers
from argus.services.qa.execution.execute import Bench, execute_test
from argus.services.qa.ir import Action
from argus.services.qa.planning.composition import compose
from argus.services.qa.planning.learning import learn
from argus.services.qa.planning.recorder import Recorder
from support.exploring import site_of_form
from support.website import Answer, Asked, WebSite, redirect, serve

ADA, BOB = (Credentials(username=name, password=SecretStr("secret")) for name in ("ada", "bob"))
SIGN_IN = "<form method=post><input name=user aria-label=User><input type=password><button>Go"


class Notebooks:
    """Each user has notes of their own; every form carries a token of its session.

    `allowed` is what everybody may do with everybody's notes: `list`, `read`, `change`, `delete`.
    """

    def __init__(self) -> None:
        self.allowed: set[str] = set()
        self.notes: dict[int, tuple[str, str]] = {}
        """Owner and title."""
        self.site = WebSite({"/": self.notebook, "/login": self.sign_in, "/*": self.note})

    def sign_in(self, asked: Asked) -> str | Answer:
        if asked.method == "GET":
            return SIGN_IN
        return redirect("/", cookie=f"session={asked.form['user']}; Path=/")

    def notebook(self, asked: Asked) -> str | Answer:
        if not (user := self._user(asked)):
            return redirect("/login")
        if asked.method == "POST":
            if asked.form["csrf_token"] != self._token(user):
                return Answer("<h1>Forged</h1>", status=403)
            self.notes[len(self.notes) + 1] = (user, asked.form["title"])
            return redirect("/")
        rows = "".join(
            f"<tr><td><a href=/{number}>{title}</a>"
            for number, (owner, title) in self.notes.items()
            if owner == user or "list" in self.allowed
        )
        return f"<h1>Notes</h1><table>{rows}</table>{self._form(user, '/', '', 'Add')}"

    def note(self, asked: Asked) -> str | Answer:
        user, number = self._user(asked), int(asked.path.strip("/").split("/")[0])
        owner, title = self.notes.get(number, ("", ""))
        edits, deletes = (asked.path.endswith(each) for each in ("/edit", "/delete"))
        what = "read" if asked.method == "GET" else "delete" if deletes else "change"
        if not owner or not user or (user != owner and what not in self.allowed):
            return Answer("<h1>There is no such note</h1>", status=404)
        if edits:
            discard = "<a href=/>Discard</a>"
            return f"<h1>Edit</h1>{self._form(user, f'/{number}', title, 'Save')}{discard}"
        if asked.method == "GET":
            delete = self._form(user, f"/{number}/delete", None, "Delete")
            return f"<h1>{title}</h1><a href=/{number}/edit>Edit</a>{delete}"
        if asked.form["csrf_token"] != self._token(user):
            return Answer("<h1>Forged</h1>", status=403)
        if deletes:
            del self.notes[number]
        else:
            self.notes[number] = (owner, asked.form["title"])
        return redirect("/")

    def _form(self, user: str, action: str, title: str | None, button: str) -> str:
        field = f"<label>Title <input name=title required value='{title}'></label>"
        token = f"<input type=hidden name=csrf_token value={self._token(user)}>"
        fields = token if title is None else field + token
        return f"<form method=post action={action}>{fields}<button>{button}</button></form>"

    @staticmethod
    def _user(asked: Asked) -> str:
        return asked.cookies.partition("session=")[2]

    @staticmethod
    def _token(user: str) -> str:
        return f"token-of-{user}"


@pytest.fixture
def notebooks() -> Generator[Notebooks]:
    application = Notebooks()
    with serve(application.site):
        yield application


async def planned_for_bob(browser: Browser, bench: Bench) -> list[ir.Test]:
    """What is planned with Bob's session, once Ada has lived a note's life."""
    async with new_session(browser, bench.app_url, storage_state=bench.storage_state) as session:
        session.dialogs, session.roles = "accept", await bench.sign_in_others()
        await session.goto("/")
        site = await site_of_form(session, 0, "notes")

        async def note(message: str) -> None:
            pytest.fail(message)

        hand = Recorder(session, {}, {}, float("inf"))
        life = await learn(hand, site.forms[0], site, 1, "life", note)
    return [test for test in compose(life) if test.roles]


async def bench_of(browsers: Browsers, notebooks: Notebooks, folder: Path) -> Bench:
    bench = Bench(browsers, notebooks.site.url, 1, folder, roles=(Role(name="bob", login=BOB),))
    _, bench.storage_state = await sign_in(await browsers.get(), bench.app_url, ADA)
    return bench


async def test_another_user_who_reads_changes_or_deletes_a_record_fails_a_test(
    browsers: Browsers, browser: Browser, notebooks: Notebooks, tmp_path: Path
) -> None:
    bench = await bench_of(browsers, notebooks, tmp_path)
    tests = {test.name: test for test in await planned_for_bob(browser, bench)}
    leaks = {
        "Keep a note from bob": "read",
        "Keep bob from changing a note": "change",
        "Keep bob from deleting a note": "delete",
    }
    assert tests.keys() == leaks.keys()
    for name, leak in leaks.items():
        run = await execute_test(bench, tests[name], f"{leak}-kept")
        assert run.ok, (name, run.failed)
        notebooks.allowed = {leak}
        run = await execute_test(bench, tests[name], f"{leak}-leaked")
        assert run.failed is not None, name
        assert run.failed.phase is ir.Phase.ASSERT
        notebooks.allowed = set()


async def test_what_others_have_in_a_list_of_theirs_is_not_kept_from_them(
    browsers: Browsers, browser: Browser, notebooks: Notebooks, tmp_path: Path
) -> None:
    bench = await bench_of(browsers, notebooks, tmp_path)
    notebooks.notes[1] = ("ada", "Buy milk")
    async with new_session(browser, bench.app_url, storage_state=bench.storage_state) as session:
        session.roles = await bench.sign_in_others()
        hand = Recorder(session, {"title": "Buy milk"}, {}, float("inf"))
        await hand.do(Action.GOTO, value="/")
        assert await hand.withheld_from("title") == ("bob",)
        notebooks.allowed = {"list"}
        await hand.do(Action.GOTO, value="/")
        assert await hand.withheld_from("title") == ()
