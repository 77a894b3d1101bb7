"""All SQL of the schedules."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select

from argus.kernel.db.repository import TenantRepository
from argus.services.qa.schedules.models import ScheduleRow


class ScheduleRepository(TenantRepository[ScheduleRow]):
    """Schedules of the caller's organization."""

    model = ScheduleRow

    async def get_for_update(self, schedule_id: UUID) -> ScheduleRow | None:
        """Lock the row until the unit of work ends."""
        return await self.one_or_none(
            self.scoped().where(ScheduleRow.id == schedule_id).with_for_update()
        )

    async def get(self, schedule_id: UUID) -> ScheduleRow | None:
        return await self.one_or_none(self.scoped().where(ScheduleRow.id == schedule_id))

    async def find(self, schedule_id: UUID) -> ScheduleRow | None:
        """Any organization's, for who announces a deploy and proves it by the secret."""
        await self.session.execute(
            select(func.set_config("argus.qa_schedule", str(schedule_id), True))
        )
        statement = self.unscoped(reason="the announcement of a deploy names no tenant")
        return await self.one_or_none(statement.where(ScheduleRow.id == schedule_id))

    async def take_due(self, now: datetime, limit: int) -> Sequence[ScheduleRow]:
        """What is due in all organizations, locked; what another process holds is passed over."""
        due = self.unscoped(reason="one clock for the schedules of all organizations")
        return await self.all(
            due.where(ScheduleRow.next_due <= now)
            .order_by(ScheduleRow.next_due)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )

    async def list_newest(self, before: UUID | None, limit: int) -> Sequence[ScheduleRow]:
        statement = self.scoped().order_by(ScheduleRow.id.desc()).limit(limit)
        return await self.all(statement.where(ScheduleRow.id < before) if before else statement)

    async def delete_all(self) -> Sequence[UUID]:
        """Identifiers of those that there were."""
        gone = await self.session.scalars(
            delete(ScheduleRow)
            .where(ScheduleRow.organization_id == self.organization_id)
            .returning(ScheduleRow.id)
        )
        return gone.all()

    async def delete(self, schedule_id: UUID) -> bool:
        """False if there is none."""
        gone = await self.session.scalar(
            delete(ScheduleRow)
            .where(
                ScheduleRow.id == schedule_id,
                ScheduleRow.organization_id == self.organization_id,
            )
            .returning(ScheduleRow.id)
        )
        return gone is not None
