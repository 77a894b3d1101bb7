"""From what a test was seen to do to the database to what must hold of it: pure functions.

A test's unique values are looked for after each of its steps that changes something. Where one of
them came up in a table, changed or went is written down as an expectation of that step, which later
executions must meet. What looked wrong already is no expectation but a finding, with the query.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from pydantic import Field

from argus.kernel.schema import Value
from argus.services.qa.database.reading import Column, Reference, Table
from argus.services.qa.expectation import Expectation, QueryCount, QueryRow
from argus.services.qa.ir import Flow, Step, Test, VariableKind

CREATED_IS_STORED = "a created record is one row of its table"
CHANGED_IS_STORED = "a changed record is stored with its new value"
TYPED_IS_STORED = "a saved record's row holds what was typed"
OLD_VALUE_IS_GONE = "a changed record's old value is stored no more"
DELETED_IS_GONE = "a deleted record is gone from its table"
DELETED_IS_MARKED = "a deleted record is marked as deleted"
OTHERS_STAY = "deleting a record deletes no other row"
NO_ORPHANS = "a deleted record leaves no row that refers to it"

_TELLING = 3
"""Shorter values stand in rows by chance."""

_MARKS = re.compile(r"delet|remov|archiv|trash|hidden|active|status|state|visib", re.IGNORECASE)
"""Names of columns that say whether a row counts as deleted."""

Row = Mapping[str, str | None]
"""By column name."""


@dataclass(frozen=True)
class Place:
    """Where a table holds a value."""

    table: Table
    column: Column

    def query(self, variable: str) -> str:
        """The rows that hold it."""
        return f"select * from {self.table.sql} where {self.column.sql} = ${{{variable}}}"  # noqa: S608 - names as the database quotes them

    def __str__(self) -> str:
        return f"{self.table.sql}.{self.column.name}"


class Look(Value):
    """What the place held after a step: the rows of each unique value, by variable."""

    step: str
    rows: dict[str, tuple[dict[str, str | None], ...]]
    orphans: dict[str, int] = Field(default_factory=dict[str, int])
    """By query: how many rows refer to one that is not there."""

    def count(self, variable: str) -> int:
        """How many rows hold its value."""
        return len(self.rows.get(variable, ()))


class Suspicion(Value):
    """What looks wrong, with the query that shows it (with `${name}` in it)."""

    kind: str
    message: str
    query: str


class Derived(Value):
    """What must hold after which step, and what looks wrong already."""

    expect: dict[str, tuple[Expectation, ...]]
    suspicions: tuple[Suspicion, ...]


_Found = tuple[tuple[Expectation, ...], tuple[Suspicion, ...]]


def orphans_of(child: Reference) -> str:
    """The rows that refer to one which is not there."""
    pairs = tuple(zip(child.columns, child.parent_columns, strict=True))
    given = " and ".join(f"c.{column} is not null" for column in child.columns)
    same = " and ".join(f"p.{theirs} = c.{own}" for own, theirs in pairs)
    parent = f"select 1 from {child.parent} as p where {same}"  # noqa: S608 - as above
    return f"select * from {child.table} as c where {given} and not exists ({parent})"  # noqa: S608


def best_place(
    test: Test, found: Mapping[Place, Sequence[Row]], gone: Collection[Place], values: Iterable[str]
) -> Place | None:
    """The place of the record itself, of those that held its value: not a log or an index.

    It has the most of the test's values in the same row; of several, the value goes from it with
    the record, then its table is named like it, then it has the fewest columns, since histories
    have more.
    """
    wanted = set(values)
    words = re.findall(r"[a-z]{3,}", f"{test.name} {test.entity}".lower())
    stems = [word.removesuffix("s") for word in words]

    def rank(place: Place) -> tuple[int, bool, bool, int, str]:
        held = max(len(wanted & set(row.values())) for row in found[place])
        related = any(stem in place.table.sql.lower() for stem in stems)
        return -held, place not in gone, not related, len(place.table.columns), str(place)

    return min((place for place, rows in found.items() if rows), key=rank, default=None)


def derive(test: Test, place: Place, looks: Sequence[Look], values: Mapping[str, str]) -> Derived:
    """What an execution that passed, with these values, says of itself and of later ones.

    The first look is the one before its first step.
    """
    secret = {name for name, each in test.variables.items() if each.kind is VariableKind.PASSWORD}
    typed = {name: value for name, value in values.items() if name not in secret}
    expect: dict[str, tuple[Expectation, ...]] = {}
    suspicions: list[Suspicion] = []
    before = looks[0]
    deleting = _last_act(test, looks) if test.flow is Flow.DELETE else ""
    for look in looks[1:]:
        if look.step == deleting:
            promised, suspected = _of_deletion(test, place, before, look)
        else:
            promised, suspected = _of_saving(test, place, before, look, typed)
        suspicions += suspected
        if promised:
            expect[look.step] = promised
        before = look
    return Derived(expect=expect, suspicions=tuple(suspicions))


def with_checks(test: Test, expect: Mapping[str, tuple[Expectation, ...]]) -> Test:
    """The test, whose steps expect this as well, after all else."""
    steps = tuple(
        step.model_copy(update={"expect": (*step.expect, *expect.get(step.id, ()))})
        for step in test.steps
    )
    return test.model_copy(update={"steps": steps})


def submitting(test: Test, derived: Derived) -> Step | None:
    """The step of a test that made the record."""
    made = (
        step
        for step in test.steps
        for each in derived.expect.get(step.id, ())
        if each.oracle == CREATED_IS_STORED
    )
    return next(made, None)


def _of_saving(
    test: Test, place: Place, before: Look, now: Look, values: Mapping[str, str]
) -> _Found:
    """What came up, and what was replaced."""
    promised: list[Expectation] = []
    suspicions: list[Suspicion] = []
    gone = [name for name, rows in now.rows.items() if before.count(name) == 1 and not rows]
    for variable, rows in now.rows.items():
        query = place.query(variable)
        if variable in gone:
            promised.append(_promise(query, 0, OLD_VALUE_IS_GONE))
        elif not before.count(variable) and len(rows) == 1:
            promised.append(_promise(query, 1, CHANGED_IS_STORED if gone else CREATED_IS_STORED))
            promised += _typed(place, variable, rows[0], values)
        elif not before.count(variable) and rows:
            message = f"{test.name}: {len(rows)} rows of {place.table.sql} hold one new record"
            suspicions.append(Suspicion(kind="duplicate_row", message=message, query=query))
    return tuple(promised), tuple(suspicions)


def _typed(place: Place, variable: str, row: Row, values: Mapping[str, str]) -> list[Expectation]:
    """The other values of the test that the row holds as they were typed."""
    names = {value: name for name, value in values.items() if len(value) >= _TELLING}
    held = [
        (column.sql, names[value])
        for column in place.table.columns
        if column != place.column and (value := row[column.name]) in names
    ]
    if not held:
        return []
    columns = ", ".join(column for column, _ in held)
    query = place.query(variable).replace("*", columns, 1)
    row_then = tuple(f"${{{name}}}" for _, name in held)
    return [QueryRow(sql=query, row=row_then, oracle=TYPED_IS_STORED)]


def _of_deletion(test: Test, place: Place, before: Look, now: Look) -> _Found:
    """What went or is marked as deleted, what stays beside it, and what refers to nothing now."""
    promised: list[Expectation] = []
    suspicions: list[Suspicion] = []
    staying: list[str] = []
    for variable in (name for name in now.rows if before.count(name) == 1):
        query, rows = place.query(variable), now.rows[variable]
        mark = _mark(place, before.rows[variable][0], rows[0]) if rows else None
        if not rows:
            promised.append(_promise(query, 0, DELETED_IS_GONE))
        elif mark is not None:
            column, was = mark
            oracle = f"{DELETED_IS_MARKED} ({column.name})"
            promised.append(_promise(f"{query} and {was}", 0, oracle))
        elif rows[0] == before.rows[variable][0]:
            staying.append(query)
    if promised:
        promised += [_promise(query, 1, OTHERS_STAY) for query in staying]
    elif len(staying) == 1:  # of several, which one was to go is not known
        message = f"{test.name}: the row stays in {place.table.sql} as it was"
        stays = Suspicion(kind="deleted_row_stays", message=message, query=staying[0])
        suspicions.append(stays)
    for query, count in now.orphans.items():
        if count > before.orphans.get(query, 0):
            message = f"{test.name}: rows are left that refer to the deleted one"
            suspicions.append(Suspicion(kind="orphaned_row", message=message, query=query))
        elif not count:
            promised.append(_promise(query, 0, NO_ORPHANS))
    return tuple(promised), tuple(suspicions)


def _mark(place: Place, before: Row, now: Row) -> tuple[Column, str] | None:
    """The column by whose change the row is deleted, and what held while it was not."""
    changed = [each for each in place.table.columns if before[each.name] != now[each.name]]
    likely = [
        each
        for each in changed
        if _MARKS.search(each.name) or before[each.name] in (None, "0", "1", "true", "false")
    ]
    if not likely:
        return None
    column = next((each for each in likely if _MARKS.search(each.name)), likely[0])
    value = before[column.name]
    if value is None:
        return column, f"{column.sql} is null"
    quoted = value.replace("'", "''")
    return column, f"{column.sql} = '{quoted}'"


def _promise(query: str, count: int, oracle: str) -> QueryCount:
    return QueryCount(sql=query, count=count, oracle=oracle)


def _last_act(test: Test, looks: Sequence[Look]) -> str:
    acts = {step.id for step in test.steps if step.phase.value == "act"}
    return next((look.step for look in reversed(looks) if look.step in acts), "")
