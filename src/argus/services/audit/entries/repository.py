"""All SQL of the audit log."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from argus.kernel.db.repository import TenantRepository
from argus.kernel.db.unit_of_work import UnitOfWork
from argus.services.audit.chain import GENESIS
from argus.services.audit.entries.models import Chain, Entry


@dataclass(frozen=True)
class Filter:
    """Which entries to find; empty means any. Times are ISO 8601 in UTC, as they are stored."""

    type: str = ""
    subject: str = ""
    principal: str = ""
    since: str = ""
    until: str = ""


class EntryRepository(TenantRepository[Entry]):
    model = Entry

    def __init__(self, uow: UnitOfWork, organization_id: UUID) -> None:
        super().__init__(uow)
        self._organization_id = organization_id

    async def lock_chain(self) -> Chain:
        """The organization's chain, begun if need be, locked until the unit of work ends."""
        await self.session.execute(
            insert(Chain)
            .values(organization_id=self._organization_id, entries=0, head=GENESIS)
            .on_conflict_do_nothing()
        )
        return (
            await self.session.execute(
                select(Chain)
                .where(Chain.organization_id == self._organization_id)
                .with_for_update()
                .execution_options(populate_existing=True)
            )
        ).scalar_one()

    async def head(self) -> Chain | None:
        return await self.session.get(Chain, self._organization_id)

    async def find(self, wanted: Filter, before_seq: int | None, limit: int) -> Sequence[Entry]:
        """Newest first, at most `limit`, older than `before_seq` where it is given."""
        statement = self.scoped().order_by(Entry.seq.desc()).limit(limit)
        for column, value in (
            (Entry.type, wanted.type),
            (Entry.subject, wanted.subject),
            (Entry.principal, wanted.principal),
        ):
            if value:
                statement = statement.where(column == value)
        if wanted.since:
            statement = statement.where(Entry.time >= wanted.since)
        if wanted.until:
            statement = statement.where(Entry.time < wanted.until)
        if before_seq is not None:
            statement = statement.where(Entry.seq < before_seq)
        return await self.all(statement)

    async def read(self, after_seq: int, limit: int) -> Sequence[Entry]:
        """Oldest first, for verification and export; of the chain this repository was made for."""
        return await self.all(
            self.unscoped("the installation's own chain belongs to no organization")
            .where(Entry.organization_id == self._organization_id, Entry.seq > after_seq)
            .order_by(Entry.seq)
            .limit(limit)
            .execution_options(populate_existing=True)
        )

    async def organizations(self) -> Sequence[UUID]:
        """Every chain that RLS lets through: all of them in an unscoped unit of work."""
        return (
            (
                await self.session.execute(
                    select(Chain.organization_id).order_by(Chain.organization_id)
                )
            )
            .scalars()
            .all()
        )
