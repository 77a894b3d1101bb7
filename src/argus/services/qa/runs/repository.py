"""All SQL of the runs."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import defer

from argus.kernel.db.repository import TenantRepository
from argus.kernel.db.unit_of_work import Database
from argus.services.qa.runs.models import Run, RunEvent, TestResultRow
from argus.services.qa.runs.schemas import Goal, RunState
from argus.services.qa.triage.flakiness import History, Outcome


class RunRepository(TenantRepository[Run]):
    """Runs of the caller's organization."""

    model = Run

    async def get(self, run_id: UUID) -> Run | None:
        return await self.one_or_none(self.scoped().where(Run.id == run_id))

    async def get_for_update(self, run_id: UUID) -> Run | None:
        """Lock the row until the unit of work ends; None if not in the caller's organization."""
        return await self.one_or_none(self.scoped().where(Run.id == run_id).with_for_update())

    async def all_unended(self) -> Sequence[Run]:
        """Locked until the unit of work ends."""
        unended = self.scoped().where(Run.ended_at.is_(None))
        return await self.all(unended.order_by(Run.id).with_for_update())

    async def list_newest(
        self, before: UUID | None, limit: int, *, suite_id: UUID | None, goal: Goal | None
    ) -> Sequence[Run]:
        """Without what was asked, replayed and reported, which may be megabytes a run."""
        slim = self.scoped().options(defer(Run.options), defer(Run.suite), defer(Run.report))
        statement = slim.order_by(Run.id.desc()).limit(limit)
        if before is not None:
            statement = statement.where(Run.id < before)
        if suite_id is not None:
            statement = statement.where(Run.suite_id == suite_id)
        if goal is not None:
            statement = statement.where(Run.goal == goal)
        return await self.all(statement)

    async def has_worker(self) -> bool:
        """Whether a worker of this service has given a sign of life in the last half minute."""
        alive = text(
            "select exists (select 1 from qa.procrastinate_workers"
            " where last_heartbeat > now() - interval '30 seconds')"
        )
        return bool(await self.session.scalar(alive))

    async def next_event(self, run_id: UUID, spent_s: float | None) -> tuple[int, RunState]:
        """The number of a new event, and the run's state.

        The row's lock puts events of one run in order. `spent_s` is written down where it is given.
        """
        spent = Run.spent_s if spent_s is None else spent_s
        row = await self.session.execute(
            update(Run)
            .where(Run.id == run_id, Run.organization_id == self.organization_id)
            .values(last_event=Run.last_event + 1, spent_s=spent)
            .returning(Run.last_event, Run.status)
            .execution_options(synchronize_session=False)
        )
        seq, status = row.one()
        return seq, RunState(status)


class RunEventRepository(TenantRepository[RunEvent]):
    """What happened in the runs."""

    model = RunEvent

    async def append(
        self,
        run_id: UUID,
        type_: str,
        data: Mapping[str, object],
        at: datetime,
        *,
        spent_s: float | None = None,
    ) -> RunState:
        """Write down what happened, and what was spent by then; the answer is the run's state."""
        seq, state = await RunRepository(self._uow).next_event(run_id, spent_s)
        await self.add(
            RunEvent(
                run_id=run_id,
                organization_id=self.organization_id,
                seq=seq,
                type=type_,
                data=dict(data),
                at=at,
            )
        )
        return state

    async def after(self, run_id: UUID, seq: int, limit: int | None = None) -> Sequence[RunEvent]:
        """In order; all of them without a limit."""
        later = self.scoped().where(RunEvent.run_id == run_id, RunEvent.seq > seq)
        return await self.all(later.order_by(RunEvent.seq).limit(limit))


class TestResultRepository(TenantRepository[TestResultRow]):
    """Judgements of the tests."""

    model = TestResultRow

    async def add_once(self, run_id: UUID, test_id: str, result: dict[str, Any]) -> bool:
        """Write a test's judgement; False if it has one already."""
        written = await self.session.scalar(
            insert(TestResultRow)
            .values(
                run_id=run_id,
                organization_id=self.organization_id,
                test_id=test_id,
                result=result,
            )
            .on_conflict_do_nothing()
            .returning(TestResultRow.test_id)
        )
        return written is not None

    async def history(self, app_url: str, runs: int) -> History:
        """How the tests of an application came out in so many of its latest runs."""
        of_app = RunRepository(self._uow).scoped().where(Run.app_url == app_url)
        latest = (
            of_app.with_only_columns(Run.id)
            .where(Run.ended_at.is_not(None))
            .order_by(Run.id.desc())
            .limit(runs)
            .subquery()
        )
        told = TestResultRow.result["result"]
        rows = await self.session.execute(
            self.scoped()
            .with_only_columns(
                TestResultRow.test_id, told["status"].astext, told["category"].astext
            )
            .join(latest, TestResultRow.run_id == latest.c.id)
            .order_by(latest.c.id.desc())
        )
        found: dict[str, list[Outcome]] = {}
        for test_id, status, category in rows:
            outcome = Outcome(status=status, category=category)
            found.setdefault(test_id, []).append(outcome)
        return found

    async def of_run(self, run_id: UUID) -> Mapping[str, dict[str, Any]]:
        """By test id."""
        rows = await self.all(self.scoped().where(TestResultRow.run_id == run_id))
        return {row.test_id: row.result for row in rows}


@asynccontextmanager
async def alone(database: Database, run_id: UUID) -> AsyncGenerator[None]:
    """Be the only execution of the run in the block; waits for another one to end.

    A worker that was taken for dead, since it was too busy for its heartbeat, may still be at it.
    """
    async with await database.connect() as connection:
        await connection.execute(
            "select pg_advisory_lock(hashtextextended(%s, 0))", [f"qa.run {run_id}"]
        )
        yield
