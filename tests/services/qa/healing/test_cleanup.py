"""What becomes of a test's own record when the test fails on pages that have changed."""

from collections.abc import Awaitable, Callable, Generator
from html import escape
from pathlib import Path

import pytest
import pytest_asyncio

from argus.services.qa.browser.elements import target_of
from argus.services.qa.browser.session import new_session
from argus.services.qa.execution.browsers import Browsers
from argus.services.qa.execution.execute import Bench
from argus.services.qa.execution.record import StepOutcome
from argus.services.qa.expectation import TextPresent
from argus.services.qa.healing.repair import attempt_test
from argus.services.qa.ir import Action, Flow, Phase, Step, Test, Variable, VariableKind
from argus.services.qa.judging import Judged
from argus.services.qa.outcome import TestStatus
from argus.services.qa.target import Row
from support.website import Answer, Asked, WebSite, redirect, serve

FORM = """<form method=post action=/add><label>Title <input name=title></label>
<button id=save>Save</button></form>"""
TEXT = Variable(kind=VariableKind.TEXT, unique=True)


class Shelf:
    """Notes with a button in each row; `button` is what a redesign changes."""

    def __init__(self) -> None:
        self.notes = ["Not ours"]
        self.button = "<button name=drop>Delete</button>"
        self.only_for = ""
        """Whose record has the button, and is the one that `/one` shows; empty: all, the last."""
        self.site = WebSite(
            {"/": self.listing, "/add": self.add, "/drop": self.drop, "/one": self.one}
        )

    def listing(self, _: Asked) -> str:
        rows = "".join(
            f"<tr><td>{escape(note)}</td><td><form method=post action=/drop>"
            f"<input type=hidden name=note value='{escape(note)}'>"
            f"{self.button if self.only_for in note else ''}</form></td></tr>"
            for note in self.notes
        )
        return f"<h1>Notes</h1><table>{rows}</table>"

    def add(self, asked: Asked) -> str | Answer:
        if asked.method == "GET":
            return FORM
        self.notes.append(asked.form["title"])
        return redirect("/")

    def one(self, _: Asked) -> str:
        note = self.notes[0 if self.only_for else -1]
        return (
            f"<h1>{escape(note)}</h1><form method=post action=/drop>"
            f"<input type=hidden name=note value='{escape(note)}'>{self.button}</form>"
        )

    def drop(self, asked: Asked) -> Answer:
        self.notes.remove(asked.form["note"])
        return redirect("/")


@pytest.fixture
def shelf() -> Generator[Shelf]:
    shelf = Shelf()
    with serve(shelf.site):
        yield shelf


@pytest.fixture
def bench(browsers: Browsers, shelf: Shelf, tmp_path: Path) -> Bench:
    return Bench(browsers, shelf.site.url, seed=1, evidence=tmp_path, timeout_s=1.5)


@pytest_asyncio.fixture(loop_scope="session")
async def failing(browsers: Browsers, shelf: Shelf) -> Test:
    """A test that makes a note, fails, and would then delete the note in its row."""
    async with new_session(await browsers.get(), shelf.site.url) as session:
        page = session.page
        await session.goto("/add")
        title = await target_of(page, page.locator("input"))
        save = await target_of(page, page.locator("#save"))
        await session.goto("/")
        delete = await target_of(page, page.get_by_role("button"), row=Row(text="Not ours"))
    own = delete.model_copy(update={"row": Row(text="${title}")})
    never = TextPresent(text="This is never shown", oracle="the test fails")
    return Test(
        id="note",
        name="Note",
        flow=Flow.CREATE,
        variables={"title": TEXT, "changed_title": TEXT},
        steps=(
            Step(id="s1", action=Action.GOTO, value="/add"),
            Step(id="s2", action=Action.FILL, target=title, value="${title}"),
            Step(id="s3", action=Action.CLICK, target=save, expect=(never,)),
            Step(id="c1", action=Action.GOTO, value="/", phase=Phase.CLEANUP),
            Step(id="c2", action=Action.CLICK, target=own, phase=Phase.CLEANUP),
        ),
    )


def with_cleanup(test: Test, *steps: Step) -> Test:
    kept = tuple(step for step in test.steps if step.phase is not Phase.CLEANUP)
    return test.model_copy(update={"steps": (*kept, *steps)})


RELABELLED = "<button id=x7 name=drop class=danger>Delete this note</button>"


async def test_no_execution_of_a_failing_test_leaves_a_record_whose_control_has_another_label(
    bench: Bench, shelf: Shelf, failing: Test, judge: Callable[[Test], Awaitable[Judged]]
) -> None:
    removals = list[StepOutcome]()

    async def see(_: Test, outcome: StepOutcome) -> None:
        if outcome.step == "c2":
            removals.append(outcome)

    shelf.button, bench.on_step = RELABELLED, see
    judged = await judge(failing)
    assert judged.result.status is TestStatus.FAILED
    assert len(removals) > 1
    assert all(outcome.tidied for outcome in removals)
    assert shelf.notes == ["Not ours"]
    assert bench.leftovers == {}


async def test_what_cannot_be_removed_is_named_in_the_result(
    shelf: Shelf, failing: Test, judge: Callable[[Test], Awaitable[Judged]]
) -> None:
    shelf.button = "<button name=other>Archive</button>"
    judged = await judge(failing)
    told = [each.message for each in judged.result.evidence if each.kind == "cleanup"]
    left = [note for note in shelf.notes if note != "Not ours"]
    assert left
    assert [note for note in left if any(f'"{note}" may be left' in each for each in told)] == left


async def test_a_control_of_another_record_is_never_pressed(
    bench: Bench, shelf: Shelf, failing: Test
) -> None:
    shelf.button, shelf.only_for = RELABELLED, "Not ours"
    await attempt_test(bench, failing, "one")
    assert len(shelf.notes) == 2


@pytest.mark.parametrize("only_for", ["", "Not ours"], ids=["the own", "another"])
async def test_on_a_page_of_one_record_only_that_of_the_own_is_pressed(
    bench: Bench, browsers: Browsers, shelf: Shelf, failing: Test, only_for: str
) -> None:
    async with new_session(await browsers.get(), shelf.site.url) as session:
        await session.goto("/one")
        delete = await target_of(session.page, session.page.get_by_role("button"))
    on_its_page = with_cleanup(
        failing,
        Step(id="c1", action=Action.GOTO, value="/one", phase=Phase.CLEANUP),
        Step(id="c2", action=Action.CLICK, target=delete, phase=Phase.CLEANUP),
    )
    shelf.button, shelf.only_for = RELABELLED, only_for
    await attempt_test(bench, on_its_page, "one")
    assert "Not ours" in shelf.notes
    assert len(shelf.notes) == (2 if only_for else 1)
    assert bool(bench.leftovers) is bool(only_for)


async def test_a_record_that_was_not_renamed_yet_is_removed_by_its_first_name(
    bench: Bench, shelf: Shelf, failing: Test
) -> None:
    *others, last = failing.steps
    assert last.target is not None
    renamed = last.target.model_copy(update={"row": Row(text="${changed_title}")})
    changed = last.model_copy(update={"target": renamed})
    test = failing.model_copy(update={"steps": (*others, changed)})
    await attempt_test(bench, test, "one")
    assert shelf.notes == ["Not ours"]
