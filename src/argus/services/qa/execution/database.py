"""Whether the application's own database holds what a step promises."""

import json
from collections.abc import Mapping, Sequence
from typing import Protocol

from argus.services.qa.execution.arithmetic import same_value
from argus.services.qa.expectation import QueryCount, QueryRow
from argus.services.qa.templates import REFERENCE, fill_in

MOST_ROWS = 1_000
"""More rows than these are not read."""

Rows = Sequence[tuple[str | None, ...]]
"""Each value as a text; None is NULL."""


class DatabaseSilent(Exception):
    """The database does not answer, or not in time. The message holds no secret."""


class QueryRefused(Exception):
    """The database cannot do the query: it may be of another schema, or change something."""


class Database(Protocol):
    """The application's database, which is only read."""

    async def ask(self, sql: str, values: Mapping[str, str]) -> Rows:
        """The first `MOST_ROWS` rows, and one more if there are more.

        A `${name}` in `sql` is bound to the value of that name, as a parameter.

        Raises:
            DatabaseSilent, QueryRefused
        """
        ...


async def unanswered(
    database: Database | None, expectation: QueryCount | QueryRow, values: Mapping[str, str]
) -> str:
    """What is wrong with the database's answer, with the query to repeat; empty if nothing is.

    Raises:
        DatabaseSilent, QueryRefused
    """
    if database is None:
        raise DatabaseSilent("the run was given no database")
    rows = await database.ask(expectation.sql, values)
    query = repeatable(expectation.sql, values)
    if isinstance(expectation, QueryCount):
        found = f"more than {MOST_ROWS}" if len(rows) > MOST_ROWS else str(len(rows))
        if len(rows) == expectation.count:
            return ""
        return f"the database answers {found} rows, not {expectation.count}, to: {query}"
    wanted = tuple(None if each is None else fill_in(each, values) for each in expectation.row)
    if len(rows) == 1 and _same_row(rows[0], wanted):
        return ""
    answered = _told(rows[0]) if len(rows) == 1 else f"{len(rows)} rows"
    return f"the database answers {answered}, not {_told(wanted)}, to: {query}"


def repeatable(sql: str, values: Mapping[str, str]) -> str:
    """The query with its values in it, for a person to repeat."""
    return REFERENCE.sub(
        lambda match: (
            "'" + values[match[1]].replace("'", "''") + "'" if match[1] in values else match[0]
        ),
        sql,
    )


def _same_row(found: tuple[str | None, ...], wanted: tuple[str | None, ...]) -> bool:
    return len(found) == len(wanted) and all(
        a == b if a is None or b is None else same_value(a, b)
        for a, b in zip(found, wanted, strict=True)
    )


def _told(row: tuple[str | None, ...]) -> str:
    return json.dumps(row, ensure_ascii=False)
