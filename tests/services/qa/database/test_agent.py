"""What the DBTester makes of an application that keeps its notes in SQLite."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from html import escape
from pathlib import Path

import pytest

from argus.services.qa.database.agent import Checked, DBTester
from argus.services.qa.database.checks import CREATED_IS_STORED, DELETED_IS_GONE, NO_ORPHANS
from argus.services.qa.database.reading import ApplicationDatabase
from argus.services.qa.execution.browsers import Browsers
from argus.services.qa.execution.execute import Bench, execute_test
from argus.services.qa.execution.record import FailureKind
from argus.services.qa.expectation import QueryCount, RowCount
from argus.services.qa.ir import Action, Flow, Phase, Step, Suite, Test, Variable, VariableKind
from argus.services.qa.outcome import Severity
from argus.services.qa.target import Fingerprint, Locator, LocatorKind, Target
from support.website import Answer, Asked, WebSite, redirect, serve

FORM = """<label>Title <input id=title></label> <button onclick="save()">Save</button><script>
async function save() {
  await fetch('/add', {method: 'POST', body: new URLSearchParams({title: title.value})});
  location.reload();
}</script>"""


class Notes:
    """Notes with a form and a list at `/`; its attributes are what may be wrong with it."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.takes_twice = self.leaves_tags = self.stores_twice = False
        self.site = WebSite({"/": self._list, "/add": self._add, "/delete/*": self._delete})
        self.ask(
            "create table note (id integer primary key, title text, gone integer)",
            "create table tag (name text, note_id integer references note)",
            "create table log (message text)",
        )

    def ask(self, *statements: str) -> list[tuple[str, ...]]:
        """What the last statement answers."""
        rows: list[tuple[str, ...]] = []
        with closing(sqlite3.connect(self.file, timeout=30)) as connection, connection:
            for statement in statements:
                rows = connection.execute(statement).fetchall()
        return rows

    def _list(self, asked: Asked) -> str:
        titles = [escape(row[0]) for row in self.ask("select distinct title from note")]
        rows = "".join(
            f"<tr><td>{title}</td><td><form method=post action='/delete/{title}'>"
            f"<button>Delete {title}</button></form></td></tr>"
            for title in titles
        )
        return f"<title>Notes</title><h1>Notes</h1>{FORM}<table>{rows}</table>"

    def _add(self, asked: Asked) -> Answer:
        title = asked.form["title"]
        unless = "" if self.takes_twice else f"where '{title}' not in (select title from note)"
        self.ask(
            "begin immediate",
            f"insert into note (title) select '{title}' {unless}",
            *([f"insert into note (title) values ('{title}')"] if self.stores_twice else ()),
            "insert into tag select 'new', max(id) from note",
            f"insert into log values ('{title}')",
        )
        return Answer()

    def _delete(self, asked: Asked) -> Answer:
        title = asked.path.removeprefix("/delete/").replace("%20", " ")
        of_note = f"(select id from note where title = '{title}')"
        if not self.leaves_tags:
            self.ask(f"delete from tag where note_id in {of_note}")
        self.ask(f"delete from note where id in {of_note}")
        return redirect("/")


@pytest.fixture
def application(tmp_path: Path) -> Iterator[Notes]:
    app = Notes(tmp_path / "notes.db")
    with serve(app.site):
        yield app


def found(kind: LocatorKind, value: str) -> Target:
    locator = Locator(kind=kind, value=value, role="button" if kind is LocatorKind.ROLE else "")
    return Target(description=value, locators=(locator,), fingerprint=Fingerprint(tag=""))


def a_test(id_: str, flow: Flow) -> Test:
    """A note is made; then it is deleted, as what is tested or as cleanup."""
    deleting = Phase.ACT if flow is Flow.DELETE else Phase.CLEANUP
    making = Phase.SETUP if flow is Flow.DELETE else Phase.ACT
    title, save = found(LocatorKind.LABEL, "Title"), found(LocatorKind.ROLE, "Save")
    listed = RowCount(text="${title}", count=1, oracle="a created note is listed")
    return Test(
        id=id_,
        name=id_,
        flow=flow,
        variables={"title": Variable(kind=VariableKind.TEXT, unique=True)},
        steps=(
            Step(id="open", action=Action.GOTO, value="/", phase=making),
            Step(id="fill", action=Action.FILL, target=title, value="${title}", phase=making),
            Step(id="save", action=Action.CLICK, target=save, expect=(listed,), phase=making),
            Step(
                id="delete",
                action=Action.CLICK,
                target=found(LocatorKind.ROLE, "Delete ${title}"),
                phase=deleting,
            ),
        ),
    )


async def check(bench: Bench, application: Notes) -> Checked:
    bench.app_url, bench.timeout_s = application.site.url, 5
    database = ApplicationDatabase(f"sqlite:///{application.file}", application.file.parent)
    bench.database = database

    async def tell(type_: str, data: Mapping[str, object]) -> None:
        pass

    tests = (a_test("create", Flow.CREATE), a_test("delete", Flow.DELETE))
    suite = Suite(app_url=bench.app_url, seed=1, tests=tests)
    return await DBTester(bench, database, tell).work(suite, 120)


def asked(test: Test) -> list[tuple[str, str, int, str]]:
    return [
        (step.id, each.sql, each.count, each.oracle)
        for step in test.steps
        for each in step.expect
        if isinstance(each, QueryCount)
    ]


OF_NOTE = "select * from note where title = ${title}"


async def test_what_pages_do_to_the_database_is_expected_of_them_from_then_on(
    browsers: Browsers, bench: Bench, application: Notes
) -> None:
    checked = await check(bench, application)
    create, delete, twice = checked.suite.tests
    assert checked.findings == ()
    assert asked(create) == [("save", OF_NOTE, 1, CREATED_IS_STORED)]
    assert asked(delete)[:2] == [
        ("save", OF_NOTE, 1, CREATED_IS_STORED),
        ("delete", OF_NOTE, 0, DELETED_IS_GONE),
    ]
    assert [each[3] for each in asked(delete)[2:]] == [NO_ORPHANS]
    assert (twice.id, twice.steps[2].action) == ("create-twice", Action.DOUBLE_CLICK)

    application.stores_twice = application.leaves_tags = True
    for test, step in ((create, "save"), (delete, "save")):
        run = await execute_test(bench, test, "later")
        assert run.failed is not None
        assert run.failed.step == step
        failure = run.failed.failures[0]
        assert failure.kind is FailureKind.EXPECTATION
        shown = OF_NOTE.replace("${title}", f"'{run.values['title']}'")
        assert failure.message == f"the database answers 2 rows, not 1, to: {shown}"


async def test_what_looks_wrong_in_the_database_is_found_with_a_query_that_shows_it(
    browsers: Browsers, bench: Bench, application: Notes
) -> None:
    application.takes_twice = application.leaves_tags = True
    checked = await check(bench, application)
    assert {each.kind: each.severity for each in checked.findings} == {
        "duplicate_submission": Severity.MEDIUM,
        "orphaned_row": Severity.HIGH,
    }
    shown = {each.kind: each.evidence[0].message for each in checked.findings}
    assert shown["duplicate_submission"].startswith("select * from note where title = '")
    assert application.ask(shown["orphaned_row"]), "it can be asked as it is"
    assert [test.id for test in checked.suite.tests] == ["create", "delete"]
    assert NO_ORPHANS not in [each[3] for each in asked(checked.suite.tests[1])]
