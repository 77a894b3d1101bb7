"""All SQL of the runs."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, select, update
from sqlalchemy.dialects.postgresql import insert

from argus.kernel.db.repository import TenantRepository
from argus.services.qa.runs.models import Run, RunEvent, TestResultRow


class RunRepository(TenantRepository[Run]):
    model = Run

    async def get(self, run_id: UUID) -> Run | None:
        return await self.one_or_none(self.scoped().where(Run.id == run_id))

    async def get_for_update(self, run_id: UUID) -> Run | None:
        """Lock the row until the unit of work ends; None if not in the caller's organization."""
        return await self.one_or_none(self.scoped().where(Run.id == run_id).with_for_update())

    async def list_newest(self, before: UUID | None, limit: int) -> Sequence[Run]:
        statement = self.scoped().order_by(Run.id.desc()).limit(limit)
        return await self.all(statement.where(Run.id < before) if before else statement)

    async def add_event(
        self, run_id: UUID, type_: str, data: Mapping[str, object], at: datetime
    ) -> int:
        """Append an event; the run's row lock puts events of one run in order."""
        seq = await self.session.scalar(
            update(Run)
            .where(Run.id == run_id, Run.organization_id == self.organization_id)
            .values(last_event=Run.last_event + 1)
            .returning(Run.last_event)
            .execution_options(synchronize_session=False)
        )
        await self.session.execute(
            insert(RunEvent).values(
                run_id=run_id,
                organization_id=self.organization_id,
                seq=seq,
                type=type_,
                data=dict(data),
                at=at,
            )
        )
        return cast("int", seq)

    async def events_after(self, run_id: UUID, seq: int, limit: int) -> Sequence[RunEvent]:
        return (
            (
                await self.session.execute(
                    select(RunEvent)
                    .where(
                        RunEvent.organization_id == self.organization_id,
                        RunEvent.run_id == run_id,
                        RunEvent.seq > seq,
                    )
                    .order_by(RunEvent.seq)
                    .limit(limit)
                )
            )
            .scalars()
            .all()
        )

    async def add_result(self, run_id: UUID, test_id: str, result: dict[str, Any]) -> bool:
        """Write a test's judgement; False if it has one already."""
        done = await self.session.execute(
            insert(TestResultRow)
            .values(
                run_id=run_id,
                organization_id=self.organization_id,
                test_id=test_id,
                result=result,
            )
            .on_conflict_do_nothing()
        )
        return bool(cast("CursorResult[Any]", done).rowcount)

    async def results(self, run_id: UUID) -> Mapping[str, dict[str, Any]]:
        rows = await self.session.execute(
            select(TestResultRow).where(
                TestResultRow.organization_id == self.organization_id,
                TestResultRow.run_id == run_id,
            )
        )
        return {row.test_id: row.result for row in rows.scalars()}
