from argus.services.qa import ir
from argus.services.qa.expectation import (
    ElementPresent,
    Gone,
    RowCount,
    SignInRequired,
    TextPresent,
)
from argus.services.qa.ir import Action, Flow, Phase, Step, Variable, VariableKind
from argus.services.qa.planning.composition import Lifecycle, Move, Refusal, changed, compose, other
from argus.services.qa.target import Fingerprint, Locator, LocatorKind, Row, Target

TITLE = "${title}"


def step(action: Action, value: str = "", name: str = "", row: str | None = None) -> Step:
    target = None
    if name:
        target = Target(
            description=name,
            locators=(Locator(kind=LocatorKind.ROLE, value=name, role="link"),),
            fingerprint=Fingerprint(tag="a", role="link", name=name),
            row=None if row is None else Row(text=row),
        )
    return Step(id="", action=action, target=target, value=value or None)


LIFE = Lifecycle(
    noun="book",
    entity="/books/",
    subject="Title",
    fan_in=0.5,
    variables={
        "title": Variable(kind=VariableKind.TEXT, unique=True),
        "pages": Variable(kind=VariableKind.NUMBER),
    },
    identity="title",
    create=(
        step(Action.GOTO, "/books/add/"),
        step(Action.FILL, TITLE, "Title"),
        step(Action.FILL, "${pages}", "Pages"),
        step(Action.CLICK, name="Save"),
    ),
    listing=(step(Action.GOTO, "/books/"),),
    open=(step(Action.CLICK, name=TITLE, row=TITLE),),
    holds=(TextPresent(text=TITLE, oracle="reads back"),),
    change=(
        step(Action.FILL, f"${{{changed('title')}}}", "Title"),
        step(Action.CLICK, name="Save"),
    ),
    leave=(step(Action.FILL, f"${{{changed('title')}}}", "Title"),),
    delete=(step(Action.CLICK, name="Delete"), step(Action.CLICK, name="Yes")),
    delete_opens=True,
    has_address=True,
    search=(step(Action.FILL, TITLE, "Search"), step(Action.PRESS, "Enter")),
    refusals=(
        Refusal(what="without a title", steps=(step(Action.GOTO, "/"),), created_nothing=()),
    ),
)


def by_flow(life: Lifecycle) -> dict[Flow, ir.Test]:
    return {test.flow: test for test in reversed(compose(life))}


def counts(test: ir.Test, phase: Phase) -> list[tuple[Action, str, int]]:
    return [
        (step.action, expectation.text, expectation.count)
        for step in test.steps
        if step.phase is phase
        for expectation in step.expect
        if isinstance(expectation, RowCount)
    ]


def test_each_flow_that_was_learned_becomes_a_test_with_a_readable_name() -> None:
    assert [test.name for test in compose(LIFE)] == [
        "Create a book",
        "Read a book",
        "Update a book",
        "Leave a book without saving",
        "Delete a book",
        "Delete a book and no other",
        "Search for a book",
        "A book without a title is refused",
    ]
    only_created = LIFE.model_copy(
        update={"open": (), "holds": (), "change": (), "leave": (), "search": (), "refusals": ()}
    )
    bare = only_created.model_copy(update={"delete": ()})
    assert set(by_flow(only_created)) == {Flow.CREATE, Flow.DELETE}
    assert set(by_flow(bare)) == {Flow.CREATE}


def test_ids_of_steps_are_unique_and_the_same_each_time() -> None:
    for test in compose(LIFE):
        ids = [step.id for step in test.steps]
        assert len(set(ids)) == len(ids)
    assert compose(LIFE) == compose(LIFE)


def test_a_created_record_is_listed_once_where_the_list_is_opened_anew() -> None:
    create = by_flow(LIFE)[Flow.CREATE]
    assert counts(create, Phase.ASSERT) == [(Action.GOTO, TITLE, 1)]


def test_what_a_list_offers_beside_the_record_belongs_to_creating_one() -> None:
    target = Target(description="link", locators=(), fingerprint=Fingerprint(tag="a"))
    offers = (ElementPresent(target=target, oracle="offered again"),)
    tests = by_flow(LIFE.model_copy(update={"offers": offers}))
    offering = [
        flow for flow, test in tests.items() if any(offers[0] in step.expect for step in test.steps)
    ]
    assert offering == [Flow.CREATE]


def test_what_cannot_be_reloaded_is_asserted_on_the_page_itself() -> None:
    create = by_flow(LIFE.model_copy(update={"listing": ()}))[Flow.CREATE]
    assert counts(create, Phase.ASSERT) == [(Action.VERIFY, TITLE, 1)]


def test_every_test_that_makes_a_record_removes_it_by_its_current_text() -> None:
    tests = by_flow(LIFE)
    for flow in (Flow.CREATE, Flow.READ, Flow.CANCEL, Flow.SEARCH, Flow.UPDATE):
        cleanup = [step for step in tests[flow].steps if step.phase is Phase.CLEANUP]
        assert [step.action for step in cleanup] == [Action.GOTO, *[Action.CLICK] * 3]
        assert cleanup[1].target is not None
        assert cleanup[1].target.row is not None
        text = "${changed_title}" if flow is Flow.UPDATE else TITLE
        assert cleanup[1].target.row.text == text


def test_a_changed_record_shows_the_new_value_and_not_the_old_one() -> None:
    update = by_flow(LIFE)[Flow.UPDATE]
    pair = [("${changed_title}", 1), (TITLE, 0)]
    listed = [(text, count) for _, text, count in counts(update, Phase.ASSERT)]
    assert listed == pair
    assert update.steps[-5].expect == (TextPresent(text="${changed_title}", oracle="reads back"),)


def test_a_list_that_is_searched_is_searched_for_the_text_in_question() -> None:
    searched = (step(Action.GOTO, "/books/"), step(Action.FILL, TITLE, "Search"))
    update = by_flow(LIFE.model_copy(update={"listing": searched}))[Flow.UPDATE]
    listed = [
        (step.value, expectation.text, expectation.count)
        for step in update.steps
        if step.phase is Phase.ASSERT
        for expectation in step.expect
        if isinstance(expectation, RowCount)
    ]
    assert listed == [(TITLE, TITLE, 0), ("${changed_title}", "${changed_title}", 1)]


def test_a_forgetful_application_is_asked_to_reload_all_the_same() -> None:
    forgetful = {"listing": (), "violated": {Flow.CREATE: "gone"}}
    create = by_flow(LIFE.model_copy(update=forgetful))[Flow.CREATE]
    assert counts(create, Phase.ASSERT) == [(Action.VERIFY, TITLE, 1), (Action.RELOAD, TITLE, 1)]


def test_a_deleted_record_is_neither_listed_nor_at_its_address() -> None:
    delete = by_flow(LIFE)[Flow.DELETE]
    assert counts(delete, Phase.ASSERT) == [(Action.GOTO, TITLE, 0)]
    gone = delete.steps[-1].expect[0]
    assert isinstance(gone, Gone)
    opened = next(step for step in delete.steps if step.id == gone.step)
    assert opened.target is not None
    assert opened.target.row is not None


def test_nothing_is_cleaned_up_by_a_deletion_that_is_known_to_fail() -> None:
    broken = LIFE.model_copy(update={"violated": {Flow.DELETE: "500"}})
    assert all(step.phase is not Phase.CLEANUP for test in compose(broken) for step in test.steps)


def test_a_test_declares_the_variables_it_uses_and_no_others() -> None:
    tests = by_flow(LIFE)
    assert set(tests[Flow.CREATE].variables) == {"title", "pages"}
    assert set(tests[Flow.UPDATE].variables) == {"title", "pages", "changed_title"}
    assert set(tests[Flow.VALIDATE].variables) == set()


def test_where_one_record_is_deleted_another_of_the_run_stays() -> None:
    test = next(each for each in compose(LIFE) if each.name.endswith("no other"))
    counted = [e for step in test.steps for e in step.expect if isinstance(e, RowCount)]
    assert [(each.text, each.count) for each in counted][-2:] == [
        (TITLE, 0),
        (f"${{{other('title')}}}", 1),
    ]
    assert {"other_title", "other_pages"} <= test.variables.keys()
    cleanup = [step for step in test.steps if step.phase is Phase.CLEANUP]
    assert TITLE not in "".join(step.model_dump_json() for step in cleanup)


def test_all_that_was_changed_is_read_back() -> None:
    holds = (*LIFE.holds, TextPresent(text="${pages}", oracle="reads back"))
    life = LIFE.model_copy(update={"holds": holds, "retyped": ("pages",)})
    reopened = [s for s in by_flow(life)[Flow.UPDATE].steps if s.id.startswith("reopen")]
    texts = [e.text for e in reopened[-1].expect if isinstance(e, TextPresent)]
    assert texts == ["${changed_title}", "${changed_pages}"]
    assert {"changed_pages"} <= by_flow(life)[Flow.UPDATE].variables.keys()


def test_what_opening_loads_for_the_user_alone_is_asked_for_without_one() -> None:
    def asked(life: Lifecycle) -> list[str]:
        steps = by_flow(life)[Flow.READ].steps
        return [e.text for step in steps for e in step.expect if isinstance(e, SignInRequired)]

    assert asked(LIFE) == []
    assert asked(LIFE.model_copy(update={"private": True})) == [TITLE]


def test_what_is_kept_from_a_role_is_tried_with_its_session_and_looked_for_again() -> None:
    life = LIFE.model_copy(update={"withheld": ("guest",)})
    tests = {test.name: test for test in compose(life) if test.roles == {"guest"}}
    read, change, delete = tests.values()
    assert list(tests) == [
        "Keep a book from guest",
        "Keep guest from changing a book",
        "Keep guest from deleting a book",
    ]
    assert [e.kind for step in read.steps for e in step.expect if step.id == "open-1"] == [
        "withheld"
    ]
    for test, part in ((change, "change"), (delete, "delete")):
        tried = [step for step in test.steps if step.id.startswith(f"{part}-")]
        assert tried
        assert all(step.as_role == "guest" and not step.expect for step in tried)
        assert counts(test, Phase.ASSERT)[0] == (Action.GOTO, TITLE, 1)
    violated = life.model_copy(update={"violated": {Flow.UPDATE: "it forgets"}})
    assert "Keep guest from changing a book" not in {test.name for test in compose(violated)}


def test_a_record_is_opened_again_after_each_move_to_see_what_became_of_it() -> None:
    closed, open_ = (TextPresent(text=text, oracle="moves") for text in ("Closed", "Open"))
    press = [(step(Action.CLICK, name=label),) for label in ("Close", "Reopen")]
    moves = (
        Move(label="Close", steps=press[0], shows=(closed,)),
        Move(label="Reopen", steps=press[1], shows=(open_,)),
    )
    life = LIFE.model_copy(update={"moves": moves})
    test = next(test for test in compose(life) if "Close" in test.name)
    assert test.name == 'Press "Close > Reopen" on a book'
    shown = [(step.id, *step.expect) for step in test.steps if step.id.startswith("reopen-")]
    assert shown == [
        ("reopen-1-1",),
        ("reopen-1-2", closed),
        ("reopen-2-1",),
        ("reopen-2-2", open_),
    ]


def test_what_the_page_of_a_record_shows_changes_with_the_record() -> None:
    shows = (TextPresent(text=TITLE, oracle="reads back"),)
    form = (*LIFE.open, step(Action.CLICK, name="Edit"))
    life = LIFE.model_copy(update={"open": form, "shows": shows})
    test = by_flow(life)[Flow.UPDATE]
    texts = [
        expectation.text
        for each in test.steps
        if each.id == "reopen-1"
        for expectation in each.expect
        if isinstance(expectation, TextPresent)
    ]
    assert texts == [f"${{{changed('title')}}}"]


def test_a_record_with_a_page_and_a_form_of_its_own_is_read_back_in_both() -> None:
    holds = TextPresent(text=TITLE, oracle="the form holds it")
    edit = (step(Action.CLICK, name="Edit", row=TITLE),)
    life = LIFE.model_copy(update={"edit": edit, "edit_holds": (holds,)})
    tests = by_flow(life)
    for flow, text in ((Flow.READ, TITLE), (Flow.UPDATE, "${changed_title}")):
        read = [each for each in tests[flow].steps if each.expect and "edit" in each.id]
        assert [each.expect for each in read] == [(holds.model_copy(update={"text": text}),)]
        assert len({each.id for each in tests[flow].steps}) == len(tests[flow].steps)
    for flow in (Flow.UPDATE, Flow.CANCEL):
        opened = next(each for each in tests[flow].steps if each.id == "open-1")
        assert opened.target == edit[0].target


def test_what_scripts_show_at_once_is_expected_before_the_list_is_loaded_anew() -> None:
    changes = {Flow.CREATE, Flow.UPDATE, Flow.DELETE}
    tests = by_flow(LIFE.model_copy(update={"at_once": frozenset(changes)}))
    new = "${changed_title}"
    expected = {
        Flow.CREATE: [(TITLE, 1)],
        Flow.UPDATE: [(new, 1), (TITLE, 0)],
        Flow.DELETE: [(TITLE, 0)],
    }
    for flow in changes:
        seen = [(text, count) for _, text, count in counts(tests[flow], Phase.ACT)]
        assert seen == expected[flow]
        assert counts(by_flow(LIFE)[flow], Phase.ACT) == []


def test_what_a_row_was_moved_to_is_expected_of_the_list_loaded_anew() -> None:
    shows = TextPresent(text="Done", oracle="shows")
    move = Move(label="done", steps=(step(Action.CLICK, name="Done", row=TITLE),), shows=(shows,))
    moved = [t for t in compose(LIFE.model_copy(update={"row_moves": (move,)})) if "row" in t.name]
    assert [test.name for test in moved] == ['Press "done" in the row of a book']
    pressed = next(i for i, each in enumerate(moved[0].steps) if each.id == "press-1-1")
    again = moved[0].steps[pressed + 1]
    assert (again.action, again.expect) == (Action.GOTO, (shows,))


def test_a_changed_record_is_cleaned_up_by_all_that_was_changed_of_it() -> None:
    by_pages = step(Action.CLICK, name="${title}, ${pages} pages", row=TITLE)
    life = LIFE.model_copy(update={"open": (by_pages,), "retyped": ("pages",)})
    update = next(test for test in compose(life) if test.flow is Flow.UPDATE)
    cleanup = [each for each in update.steps if each.phase is Phase.CLEANUP]
    opened = cleanup[1].target
    assert opened is not None
    assert opened.description == "${changed_title}, ${changed_pages} pages"
