"""What an earlier run learnt is tried first, proven like any heal, and given up when it fails."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest_asyncio

from argus.services.qa.browser.elements import target_of
from argus.services.qa.browser.session import Session
from argus.services.qa.execution.execute import Bench
from argus.services.qa.healing.repair import heal_test
from argus.services.qa.ir import Test
from argus.services.qa.judging import Judged
from argus.services.qa.learnt import Pattern, Patterns, PatternState
from argus.services.qa.outcome import Category, TestStatus
from services.qa.healing.test_healing_loop import MOVED, RELABELLED, WITHOUT_SAVE

Judge = Callable[[Test], Awaitable[Judged]]
UNLIKE = WITHOUT_SAVE.format("<button id=go>Keep it</button>")
"""Nothing says that this button is the one that was called "Save"."""


@pytest_asyncio.fixture(loop_scope="session")
async def pattern(session: Session, notes: Any, create_note: Test) -> Pattern:
    """The button of `UNLIKE` stood in for the recorded one."""
    before, notes.form = notes.form, UNLIKE
    await session.goto("/add")
    after = await target_of(session.page, session.page.locator("#go"))
    notes.form = before
    save = create_note.steps[2].target
    assert save is not None
    return Pattern(
        id="heal_1", state=PatternState.PENDING, before=save, after=after, score=0.6, margin=0.2
    )


async def test_what_no_likeness_tells_is_healed_by_what_was_learnt_if_it_is_proven_anew(
    bench: Bench, judge: Judge, create_note: Test, notes: Any, pattern: Pattern
) -> None:
    notes.form = UNLIKE
    assert (await judge(create_note)).result.status is TestStatus.FAILED
    made = len(notes.notes)
    bench.patterns = Patterns([pattern])
    judged = await judge(create_note)
    [heal] = judged.result.heals
    assert judged.result.status is TestStatus.PASSED_HEALED
    assert (heal.learnt, heal.score, heal.margin, heal.proven) == ("heal_1", 0.6, 0.2, True)
    assert "earlier run" in heal.reasons[0]
    assert judged.refuted == ()
    assert len(notes.notes) == made + 3, "found once, proven twice"
    notes.saves = False
    judged = await judge(create_note)
    assert (judged.result.category, judged.result.heals) == (Category.PRODUCT_BUG, ())
    assert judged.refuted == ("heal_1",)


async def test_what_is_not_there_any_more_is_given_up_and_the_element_sought_anew(
    bench: Bench, judge: Judge, create_note: Test, notes: Any, pattern: Pattern
) -> None:
    notes.form, bench.patterns = RELABELLED, Patterns([pattern])
    judged = await judge(create_note)
    assert judged.result.status is TestStatus.PASSED_HEALED
    assert judged.refuted == ("heal_1",)
    assert [heal.learnt for heal in judged.result.heals] == ["", ""]


async def test_an_approved_replacement_that_is_gone_gives_way_to_what_it_replaced(
    bench: Bench, judge: Judge, create_note: Test, pattern: Pattern
) -> None:
    bench.patterns = Patterns([pattern])
    save = create_note.steps[2].model_copy(update={"target": pattern.after})
    changed = create_note.model_copy(update={"steps": (*create_note.steps[:2], save)})
    judged = await judge(changed)
    assert judged.result.status is TestStatus.PASSED_HEALED
    assert judged.refuted == ("heal_1",)
    assert judged.repairs[0].after == pattern.before


async def test_a_replacement_that_a_person_rejected_is_never_made_again(
    bench: Bench, judge: Judge, create_note: Test, notes: Any
) -> None:
    notes.form = MOVED.replace("Save</button>", "Save it</button>")
    [save] = (await heal_test(bench, create_note, "once")).repairs
    rejected = Pattern(
        id="heal_1",
        state=PatternState.REJECTED,
        before=save.before,
        after=save.after,
        score=1,
        margin=1,
    )
    bench.patterns = Patterns([rejected])
    judged = await judge(create_note)
    assert (judged.result.category, judged.result.heals) == (Category.PRODUCT_BUG, ())
    assert any("was rejected" in each.message for each in judged.result.evidence)
