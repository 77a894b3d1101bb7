"""DBTester: what a test does by the page must stand in the application's database."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import ClassVar, Protocol

from argus.kernel.ids import new_id
from argus.kernel.schema import Value
from argus.services.qa.agent import Agent
from argus.services.qa.database.checks import (
    Derived,
    Place,
    Suspicion,
    derive,
    submitting,
    with_checks,
)
from argus.services.qa.database.probe import Probe
from argus.services.qa.database.reading import Table
from argus.services.qa.execution.database import Database, DatabaseSilent, repeatable
from argus.services.qa.execution.execute import Bench, execute_test
from argus.services.qa.execution.record import TestRun
from argus.services.qa.execution.values import values_of
from argus.services.qa.expectation import QueryCount
from argus.services.qa.ir import Action, Flow, Suite, Test
from argus.services.qa.outcome import Evidence, Finding, Severity

_FLOWS = (Flow.DELETE, Flow.UPDATE, Flow.CREATE)
"""In this order: what a value goes from again with its record is no log."""

ONCE = "a form that is submitted twice in a row makes one record"
_SEVERITIES = {
    "orphaned_row": Severity.HIGH,
    "duplicate_row": Severity.MEDIUM,
    "duplicate_submission": Severity.MEDIUM,
    "deleted_row_stays": Severity.LOW,
}


class Tables(Database, Protocol):
    """A database that also tells which tables it has."""

    async def tables(self) -> list[Table]:
        """Those that hold texts. Raises DatabaseSilent."""
        ...


class Checked(Value):
    """A suite that also asks the database, and what looks wrong in it already."""

    suite: Suite
    findings: tuple[Finding, ...]


Tell = Callable[[str, Mapping[str, object]], Awaitable[None]]
"""Receives progress: `plan_kept` and `plan_dropped`, each with `subject` and `message`."""


class DBTester(Agent[Suite, Checked]):
    """Adds to tests of records what the database must hold after each of their steps.

    Each test is performed, to see which table takes its values, and once more with what was seen
    to be expected: only what held twice stays. What looks wrong already is a finding.
    """

    name: ClassVar[str] = "DBTester"

    def __init__(self, bench: Bench, database: Tables, tell: Tell) -> None:
        self._bench, self._database, self._tell = bench, database, tell
        self._tables: dict[str, Table] = {}
        """Of the records of an entity."""
        self._findings: dict[tuple[str, str], Finding] = {}

    async def work(self, given: Suite, budget_s: float) -> Checked:
        """The suite; where the time is over or the database silent, the rest of it as it was."""
        tests = {test.id: test for test in given.tests}
        try:
            async with asyncio.timeout(budget_s):
                tables = await self._database.tables()
                changing = (test for test in given.tests if test.flow in _FLOWS)
                for test in sorted(changing, key=lambda test: _FLOWS.index(test.flow)):
                    for made in await self._checked(test, tables):
                        tests[made.id] = made
        except TimeoutError:
            await self._drop(given.app_url, "the time to look into the database is over")
        except DatabaseSilent as error:
            await self._drop(given.app_url, str(error))
        suite = given.model_copy(update={"tests": tuple(tests.values())})
        return Checked(suite=suite, findings=tuple(self._findings.values()))

    async def _checked(self, test: Test, tables: list[Table]) -> list[Test]:
        """The test with what held, and with it the same test submitted twice."""
        known = self._tables.get(test.entity)
        run, probe = await self._probed(test, [known] if known else tables)
        place = probe.place()
        if not run.ok or place is None:
            why = "no table holds its values" if run.ok else "it does not pass"
            await self._drop(test.name, f"{why}: nothing is asked of the database")
            return []
        self._tables[test.entity] = place.table
        derived = derive(test, place, probe.looks(place), run.values)
        self._suspect(test, derived.suspicions, run.values)
        found: list[Test] = []
        if derived.expect:
            found += await self._kept(with_checks(test, derived.expect), place)
        if test.flow is Flow.CREATE:
            found += await self._twice(test, derived, place)
        return found

    async def _twice(self, test: Test, derived: Derived, place: Place) -> list[Test]:
        step = submitting(test, derived)
        if step is None or step.action is not Action.CLICK:
            return []
        expect = tuple(
            each.model_copy(update={"oracle": ONCE})
            for each in derived.expect[step.id]
            if isinstance(each, QueryCount) and each.count
        )
        pressed = step.model_copy(update={"action": Action.DOUBLE_CLICK, "expect": expect})
        hasty = test.model_copy(
            update={
                "id": f"{test.id}-twice",
                "name": f"{test.name}, pressing twice",
                "steps": tuple(pressed if each is step else each for each in test.steps),
            }
        )
        run = await self._perform(hasty)
        if run.ok:
            return await self._kept(hasty, place)
        failures = run.failed.failures if run.failed else ()
        if any(each.oracle == ONCE for each in failures):
            message = f"{test.name}: a form that is submitted twice makes more than one record"
            doubled = Suspicion(kind="duplicate_submission", message=message, query=expect[0].sql)
            self._suspect(test, (doubled,), run.values)
        return []

    async def _kept(self, test: Test, place: Place) -> list[Test]:
        """The test, if it passes."""
        run = await self._perform(test)
        if run.ok:
            await self._tell("plan_kept", {"subject": test.name, "message": f"{place} holds it"})
            return [test]
        failed = run.failed.failures[0].message if run.failed else ""
        await self._drop(test.name, f"what the database held did not hold again: {failed}")
        return []

    async def _probed(self, test: Test, tables: list[Table]) -> tuple[TestRun, Probe]:
        nonce = new_id().hex
        values = values_of(test, self._bench.seed, nonce, self._bench.variables)
        probe = Probe(self._database, list(tables), test, values)
        await probe.look("")
        bench = replace(self._bench, on_step=probe.after)
        return await execute_test(bench, test, nonce), probe

    async def _perform(self, test: Test) -> TestRun:
        return await execute_test(self._bench, test, new_id().hex)

    def _suspect(
        self, test: Test, suspicions: tuple[Suspicion, ...], values: Mapping[str, str]
    ) -> None:
        for each in suspicions:
            query = Evidence(kind="sql", message=repeatable(each.query, values))
            self._findings.setdefault(
                (each.kind, each.query),
                Finding(
                    kind=each.kind,
                    severity=_SEVERITIES[each.kind],
                    url=test.entity,
                    message=each.message,
                    evidence=(query,),
                ),
            )

    async def _drop(self, subject: str, message: str) -> None:
        await self._tell("plan_dropped", {"subject": subject, "message": message})
