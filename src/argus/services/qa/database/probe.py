"""Where an execution's values are in the database, looked for after each step that changes it."""

from collections.abc import Mapping

from argus.services.qa.browser.traffic import SAFE_METHODS
from argus.services.qa.database.checks import Look, Place, best_place, orphans_of
from argus.services.qa.database.reading import Column, Table
from argus.services.qa.execution.database import Database, DatabaseSilent, QueryRefused, Rows
from argus.services.qa.execution.record import StepOutcome
from argus.services.qa.ir import Phase, Test, VariableKind

_KINDS = {VariableKind.TEXT, VariableKind.EMAIL, VariableKind.URL}

_Row = dict[str, str | None]
_Held = dict[Place, dict[str, list[_Row]]]
"""The rows that hold a value, by place and variable."""


class Probe:
    """Looks for the unique values of one execution of a test."""

    def __init__(
        self, database: Database, tables: list[Table], test: Test, values: Mapping[str, str]
    ) -> None:
        self._database, self._tables, self._test = database, tables, test
        self._all = values
        self._unique = {
            name: values[name]
            for name, variable in test.variables.items()
            if variable.unique and variable.kind in _KINDS and name in values
        }
        self._seen: list[tuple[str, _Held, dict[str, int]]] = []

    async def after(self, test: Test, outcome: StepOutcome) -> None:  # noqa: ARG002 - for `Bench.on_step`
        """Look if the step, which is not cleanup, changed something. Raises DatabaseSilent."""
        changes = any(each.method not in SAFE_METHODS for each in outcome.requests)
        if changes and outcome.ok and outcome.phase is not Phase.CLEANUP:
            await self.look(outcome.step)

    async def look(self, step: str) -> None:
        """Look now. What was found once is looked for in the same tables only.

        Raises:
            DatabaseSilent
        """
        held: _Held = {}
        orphans: dict[str, int] = {}
        for table in tuple(self._tables):
            await self._look_into(table, held)
            for query in map(orphans_of, table.children):
                rows = await self._answer(query, {})
                orphans |= {query: len(rows)} if rows is not None else {}
        self._seen.append((step, held, orphans))
        if held:
            self._tables = list(dict.fromkeys(place.table for place in held))

    def place(self) -> Place | None:
        """Where the record is kept; None: no table held one of its values."""
        found: dict[Place, list[_Row]] = {}
        for _, held, _ in self._seen:
            for place, by_variable in held.items():
                rows = found.setdefault(place, [])
                for held_by_variable in by_variable.values():
                    rows.extend(held_by_variable)
        gone = [place for place in found if place not in self._seen[-1][1]]
        return best_place(self._test, found, gone, self._all.values())

    def looks(self, place: Place) -> list[Look]:
        """What the place held, from the beginning on."""
        return [
            Look(
                step=step,
                rows={name: tuple(held.get(place, {}).get(name, ())) for name in self._unique},
                orphans=orphans,
            )
            for step, held, orphans in self._seen
        ]

    async def _look_into(self, table: Table, held: _Held) -> None:
        texts = [column for column in table.columns if column.text]
        if not texts or not self._unique:
            return
        among = ", ".join(f"${{{name}}}" for name in self._unique)
        columns = ", ".join(column.sql for column in table.columns)
        where = " or ".join(f"{column.sql} in ({among})" for column in texts)
        query = f"select {columns} from {table.sql} where {where}"  # noqa: S608 - quoted names
        rows = await self._answer(query, self._unique)
        if rows is None:
            self._tables.remove(table)
            return
        for row in rows:
            named = dict(zip((column.name for column in table.columns), row, strict=True))
            for column, name in self._matches(texts, named):
                place = Place(table=table, column=column)
                held.setdefault(place, {}).setdefault(name, []).append(named)

    def _matches(self, texts: list[Column], row: _Row) -> list[tuple[Column, str]]:
        return [
            (column, name)
            for column in texts
            for name, value in self._unique.items()
            if row[column.name] == value
        ]

    async def _answer(self, query: str, values: Mapping[str, str]) -> Rows | None:
        """None where that query cannot be done, or not in time."""
        try:
            return await self._database.ask(query, values)
        except QueryRefused:
            return None
        except DatabaseSilent:
            await self._database.ask("select 1", {})
            return None
