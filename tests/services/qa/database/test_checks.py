"""What executions were seen to do to a database, and what is made of it."""

import pytest

from argus.services.qa.database.checks import (
    CHANGED_IS_STORED,
    CREATED_IS_STORED,
    DELETED_IS_GONE,
    DELETED_IS_MARKED,
    NO_ORPHANS,
    OLD_VALUE_IS_GONE,
    OTHERS_STAY,
    TYPED_IS_STORED,
    Look,
    Place,
    best_place,
    derive,
    orphans_of,
    with_checks,
)
from argus.services.qa.database.reading import Column, Reference, Table
from argus.services.qa.expectation import QueryCount, QueryRow
from argus.services.qa.ir import Action, Flow, Phase, Step, Test, Variable, VariableKind


def table(name: str, *columns: str) -> Table:
    return Table(sql=name, columns=tuple(Column(name=c, sql=c, text=True) for c in columns))


NOTE = table("note", "title", "updated", "deleted_at")
TITLE = Place(table=NOTE, column=NOTE.columns[0])
TAG = Reference(
    table="tag", columns=("note_id",), parent="note", parent_columns=("id",)
)  # of rows of NOTE
ORPHANS = orphans_of(TAG)


def row(title: str, updated: str = "", deleted_at: str | None = None) -> dict[str, str | None]:
    return {"title": title, "updated": updated, "deleted_at": deleted_at}


def look(step: str, orphans: int = 0, **rows: list[dict[str, str | None]]) -> Look:
    held = {name: tuple(rows.get(name, [])) for name in ("title", "new", "other")}
    return Look(step=step, rows=held, orphans={ORPHANS: orphans})


def a_test(flow: Flow) -> Test:
    acts = (("made", Phase.SETUP), ("done", Phase.ACT), ("seen", Phase.ASSERT))
    steps = tuple(Step(id=id_, action=Action.VERIFY, phase=phase) for id_, phase in acts)
    return Test(id="t", name="The test", flow=flow, steps=steps)


OLD, NEW, OTHER = row("Milk"), row("Bread"), row("Tea")
BEFORE, MADE = look("", orphans=2), look("made", orphans=2, title=[OLD], other=[OTHER])

ALONE = look("made", orphans=2, title=[OLD])


@pytest.mark.parametrize(
    ("flow", "after", "expected"),
    [
        (Flow.CREATE, look("done", title=[OLD], other=[OTHER]), []),
        (
            Flow.UPDATE,
            look("done", new=[NEW], other=[OTHER]),
            [("title", 0, OLD_VALUE_IS_GONE), ("new", 1, CHANGED_IS_STORED)],
        ),
        (
            Flow.DELETE,
            look("done", other=[OTHER]),
            [("title", 0, DELETED_IS_GONE), ("other", 1, OTHERS_STAY), ("", 0, NO_ORPHANS)],
        ),
    ],
)
def test_what_came_up_changed_or_went_is_expected_of_that_step(
    flow: Flow, after: Look, expected: list[tuple[str, int, str]]
) -> None:
    derived = derive(a_test(flow), TITLE, [BEFORE, MADE, after], {})
    made = [each.oracle for each in derived.expect["made"]]
    assert made == [CREATED_IS_STORED] * 2
    assert derived.expect.get("done", ()) == tuple(
        QueryCount(sql=TITLE.query(name) if name else ORPHANS, count=count, oracle=oracle)
        for name, count, oracle in expected
    )
    assert derived.suspicions == ()


def test_a_saved_row_is_expected_to_hold_all_that_was_typed() -> None:
    saved = look("done", title=[row("Milk", "2 bottles", "no")])
    values = {"title": "Milk", "amount": "2 bottles", "flag": "no", "kind": "drink"}
    test = a_test(Flow.CREATE)
    promised = derive(test, TITLE, [BEFORE, saved], values).expect["done"]
    assert promised[1:] == (
        QueryRow(
            sql="select updated from note where title = ${title}",
            row=("${amount}",),
            oracle=TYPED_IS_STORED,
        ),
    )
    password = {"amount": Variable(kind=VariableKind.PASSWORD)}
    secret = test.model_copy(update={"variables": password})
    assert len(derive(secret, TITLE, [BEFORE, saved], values).expect["done"]) == 1


def test_a_row_that_is_marked_as_deleted_is_said_to_be() -> None:
    marked = look("done", orphans=2, title=[row("Milk", "today", "today")], other=[OTHER])
    first, *rest = derive(a_test(Flow.DELETE), TITLE, [BEFORE, MADE, marked], {}).expect["done"]
    assert first == QueryCount(
        sql=f"{TITLE.query('title')} and deleted_at is null",
        count=0,
        oracle=f"{DELETED_IS_MARKED} (deleted_at)",
    )
    assert [each.oracle for each in rest] == [OTHERS_STAY]


@pytest.mark.parametrize(
    ("flow", "looks", "kind", "query"),
    [
        (Flow.CREATE, [BEFORE, look("done", title=[OLD, OLD])], "duplicate_row", "title"),
        (Flow.DELETE, [BEFORE, ALONE, look("done", title=[OLD])], "deleted_row_stays", "title"),
        (Flow.DELETE, [BEFORE, MADE, look("done", orphans=3)], "orphaned_row", ""),
    ],
)
def test_what_looks_wrong_already_is_told_with_its_query_and_not_expected(
    flow: Flow, looks: list[Look], kind: str, query: str
) -> None:
    derived = derive(a_test(flow), TITLE, looks, {})
    wanted = TITLE.query(query) if query else ORPHANS
    assert [(each.kind, each.query) for each in derived.suspicions] == [(kind, wanted)]
    assert wanted not in [
        each.sql for each in derived.expect.get("done", ()) if isinstance(each, QueryCount)
    ]


def test_a_row_whose_time_stamp_alone_changed_says_nothing() -> None:
    touched = look("done", title=[row("Milk", "today")])
    derived = derive(a_test(Flow.DELETE), TITLE, [BEFORE, MADE, touched], {})
    assert derived.suspicions == ()
    assert TITLE.query("title") not in str(derived.expect.get("done"))


def test_the_record_s_own_table_is_told_from_logs_and_histories() -> None:
    log = table("log", "message")
    history = table("history", "title", "price", "changed_at")
    note = table("note", "title", "price")
    held = {
        Place(table=log, column=log.columns[0]): [{"message": "Milk"}],
        Place(table=history, column=history.columns[0]): [
            {"title": "Milk", "price": "2", "changed_at": "today"}
        ],
        Place(table=note, column=note.columns[0]): [{"title": "Milk", "price": "2"}],
    }
    in_log, in_history, in_note = held
    test = a_test(Flow.CREATE)
    assert best_place(test, held, (), ["Milk", "2"]) == in_note
    assert best_place(test, held, (), ["Milk"]) == in_log
    of_notes = test.model_copy(update={"name": "Create a note"})
    assert best_place(of_notes, held, (), ["Milk"]) == in_note
    assert best_place(of_notes, held, [in_history], ["Milk"]) == in_history
    assert best_place(test, {in_note: []}, (), ["Milk"]) is None


def test_checks_come_after_what_a_step_expects_anyway() -> None:
    first = QueryCount(sql="select 1", count=1, oracle="first")
    test = a_test(Flow.CREATE)
    test = with_checks(test, {"made": (first,)})
    again = with_checks(test, {"made": (first.model_copy(update={"oracle": "second"}),)})
    assert [each.oracle for each in again.steps[0].expect] == ["first", "second"]
    assert again.steps[1:] == a_test(Flow.CREATE).steps[1:]
