"""The whole loop against a real browser: what is healed, what is not, and that bugs never are."""

from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest
from playwright.async_api import Error as PlaywrightError

from argus.services.qa.browser.elements import snapshot, target_of
from argus.services.qa.execution.execute import Bench
from argus.services.qa.expectation import FieldValue
from argus.services.qa.ir import Action, Step, Test
from argus.services.qa.judging import Judged
from argus.services.qa.outcome import Category, TestStatus

Judge = Callable[[Test], Awaitable[Judged]]

MOVED = """
<div class=x1><form method=post id=f9><h2>New note</h2><div class=x2><span><label for=t9>Title
</label></span><div><input id=t9 name=title class=x3 required></div></div>
<div class=x4><div><button id=b9 class=x5 name=action value=save>Save</button>
</div></div></form></div>"""

RELABELLED = MOVED.replace(">Save<", ">Save changes<").replace(
    "for=t9>Title", "for=t9>Title of the note"
)

WITHOUT_SAVE = """
<form method=post id=note-form class=card><h2>New note</h2>
<p><label for=title>Title</label> <input id=title name=title required></p>{}</form>"""


async def test_an_unchanged_application_passes(judge: Judge, create_note: Test) -> None:
    judged = await judge(create_note)
    assert (judged.result.status, judged.result.category) == (TestStatus.PASSED, None)
    assert judged.healed is None


async def test_changed_ids_classes_and_nesting_are_healed_explained_and_proven(
    judge: Judge, create_note: Test, notes
) -> None:
    notes.form = MOVED
    judged = await judge(create_note)
    result = judged.result
    assert result.status is TestStatus.PASSED_HEALED
    assert {heal.before for heal in result.heals} == {'css=[id="title"]', 'css=[id="save"]'}
    assert all(heal.proven and heal.reasons for heal in result.heals)
    assert len(notes.notes) == 3


async def test_a_reworded_control_is_healed_in_its_target_alone_and_found_from_then_on(
    judge: Judge, create_note: Test, notes
) -> None:
    notes.form = RELABELLED
    judged = await judge(create_note)
    assert judged.result.status is TestStatus.PASSED_HEALED
    assert [heal.step for heal in judged.result.heals] == ["s2", "s3"]
    assert any('it was called "Save"' in heal.reasons for heal in judged.result.heals)
    healed = judged.healed
    assert healed is not None
    without = [step.model_copy(update={"target": None}) for step in healed.steps]
    assert without == [step.model_copy(update={"target": None}) for step in create_note.steps]
    again = await judge(healed)
    assert again.result.status is TestStatus.PASSED


async def test_several_asserted_fields_of_one_step_are_healed_and_still_asserted(
    judge: Judge, create_note: Test, session, notes
) -> None:
    fields = "<label>{0} <input name=a value=1></label><label>{1} <input name=b value={2}></label>"
    notes.form = fields.format("First", "Second", 2)
    await session.goto("/add")
    first, second = [await target_of(session.page, element) for element in await snapshot(session)]
    expect = (
        FieldValue(target=first, value="1", oracle="kept"),
        FieldValue(target=second, value="2", oracle="kept"),
    )
    steps = (Step(id="s1", action=Action.GOTO, value="/add", expect=expect, post_url="/add"),)
    reads = create_note.model_copy(update={"steps": steps})
    notes.form = fields.format("The first", "The second", 2)
    result = (await judge(reads)).result
    assert (result.status, len(result.heals)) == (TestStatus.PASSED_HEALED, 2)
    notes.form = fields.format("The first", "The second", 3)
    assert (await judge(reads)).result.category is Category.PRODUCT_BUG


@pytest.mark.parametrize(
    "instead",
    [
        "",
        "<button>Save and add another</button>",
        "<button name=action value=draft class='btn primary'>Save and add another</button>",
        "<button id=cancel class='btn primary'>Cancel</button>",
        "<button id=save class='btn primary' name=action value=save>Delete note</button>",
        "<a id=save class='btn primary' href=/>Save</a>".replace("Save", "Leave"),
    ],
)
async def test_a_removed_button_is_a_bug_whatever_stands_in_its_place(
    judge: Judge, create_note: Test, notes, instead: str
) -> None:
    notes.form = WITHOUT_SAVE.format(instead)
    result = (await judge(create_note)).result
    assert (result.status, result.category) == (TestStatus.FAILED, Category.PRODUCT_BUG)
    assert result.heals == ()
    assert any('button "Save" is gone' in evidence.message for evidence in result.evidence)


async def test_a_failing_assertion_is_never_healed(judge: Judge, create_note: Test, notes) -> None:
    notes.saves = False
    result = (await judge(create_note)).result
    assert (result.category, result.heals) == (Category.PRODUCT_BUG, ())
    assert "appears in its list once" in result.evidence[0].message


async def test_a_bug_behind_a_changed_button_is_still_a_bug(
    judge: Judge, create_note: Test, notes
) -> None:
    notes.form, notes.saves = RELABELLED, False
    judged = await judge(create_note)
    assert (judged.result.category, judged.healed) == (Category.PRODUCT_BUG, None)


async def test_an_answer_by_500_is_a_bug_with_a_screenshot(
    bench: Bench, judge: Judge, create_note: Test, notes
) -> None:
    notes.save_status = 500
    result = (await judge(create_note)).result
    assert result.category is Category.PRODUCT_BUG
    assert result.evidence[0].kind == "server_error"
    assert (bench.evidence / result.evidence[0].screenshot).stat().st_size > 1000


async def test_a_failure_that_a_second_execution_does_not_show_is_flaky(
    judge: Judge, create_note: Test, notes
) -> None:
    notes.failures_left = 1
    result = (await judge(create_note)).result
    assert (result.status, result.category) == (TestStatus.FLAKY, Category.FLAKE)


async def test_a_dead_browser_is_the_environment_and_the_next_test_gets_a_new_one(
    bench: Bench, judge: Judge, create_note: Test, browsers
) -> None:
    async def kill(*_: object) -> None:
        bench.on_step = None
        devtools = await (await browsers.get()).new_browser_cdp_session()
        with suppress(PlaywrightError):
            await devtools.send("Browser.crash")

    bench.on_step = kill
    result = (await judge(create_note)).result
    assert result.category is Category.ENVIRONMENT
    assert "the browser ended" in [evidence.message for evidence in result.evidence]
    assert (await judge(create_note)).result.status is TestStatus.PASSED


@pytest.mark.parametrize(
    ("hang_ups", "category"),
    [(1, Category.ENVIRONMENT), (-1, Category.ENVIRONMENT), (99, Category.PRODUCT_BUG)],
    ids=["once", "for good", "at each save, while pages come"],
)
async def test_a_connection_lost_in_mid_test_is_the_environment_unless_one_request_loses_it(
    judge: Judge, create_note: Test, notes, hang_ups: int, category: Category
) -> None:
    notes.hang_ups_left = hang_ups
    result = (await judge(create_note)).result
    assert (result.status, result.category) == (TestStatus.FAILED, category)
    told = [evidence.message for evidence in result.evidence]
    assert any("POST" in message and "/add" in message for message in told), told
    if category is Category.ENVIRONMENT:
        assert any("net::ERR_EMPTY_RESPONSE" in message for message in told), told


async def test_a_button_that_may_only_have_another_name_is_neither_healed_nor_blamed(
    judge: Judge, create_note: Test, notes
) -> None:
    notes.form = WITHOUT_SAVE.format("<button>Store changes</button>")
    result = (await judge(create_note)).result
    assert (result.status, result.category) == (TestStatus.FAILED, Category.LOCATOR_BREAK)
    assert result.heals == ()
    assert 'button "Store changes": was it given that name?' in result.evidence[-2].message
    notes.saves = False
    assert (await judge(create_note)).result.category is Category.PRODUCT_BUG
