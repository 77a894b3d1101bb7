"""All SQL of the audit log."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import literal_column, or_
from sqlalchemy.dialects.postgresql import JSONB, insert

from argus.kernel.db.repository import TenantRepository
from argus.kernel.ids import OrganizationId
from argus.services.audit.chain import GENESIS
from argus.services.audit.entries.models import Chain, Entry

_ACTORS = literal_column("(cast(entry.body as jsonb) -> 'principal' -> 'actors')", JSONB)
"""As it is indexed."""


@dataclass(frozen=True)
class Filter:
    """Which entries to find; empty means any. Times are ISO 8601 in UTC, as they are stored."""

    type: str = ""
    subject: str = ""
    principal: str = ""
    """Who did it, or acted for who did."""
    since: str = ""
    until: str = ""


class ChainRepository(TenantRepository[Chain]):
    """How far each organization's chain has come."""

    model = Chain

    async def lock(self) -> Chain:
        """The organization's chain, begun if need be, locked until the unit of work ends."""
        locked = self.scoped().with_for_update()
        chain = await self.one_or_none(locked)
        if chain is None:
            await self.session.execute(
                insert(Chain)
                .values(organization_id=self.organization_id, entries=0, head=GENESIS)
                .on_conflict_do_nothing()
            )
            chain = (await self.session.execute(locked)).scalar_one()
        return chain

    async def noted_end(self) -> tuple[int, bytes]:
        """Number of entries that were written, and the newest one's hash, as they are now."""
        noted = await self.one_or_none(self.scoped().execution_options(populate_existing=True))
        return (noted.entries, noted.head) if noted else (0, GENESIS)

    async def organizations(self) -> set[OrganizationId]:
        """Those that have a chain and that RLS lets through."""
        every = self.unscoped("all chains are verified").with_only_columns(Chain.organization_id)
        return set((await self.session.execute(every)).scalars())


class EntryRepository(TenantRepository[Entry]):
    """The entries of one chain."""

    model = Entry

    async def find(self, wanted: Filter, before_seq: int | None, limit: int) -> Sequence[Entry]:
        """Newest first, at most `limit`, older than `before_seq` where it is given."""
        statement = self.scoped().order_by(Entry.seq.desc()).limit(limit)
        for column, value in (
            (Entry.type, wanted.type),
            (Entry.subject, wanted.subject),
        ):
            if value:
                statement = statement.where(column == value)
        if wanted.principal:
            acted = _ACTORS.contains([wanted.principal])
            statement = statement.where(or_(Entry.principal == wanted.principal, acted))
        if wanted.since:
            statement = statement.where(Entry.time >= wanted.since)
        if wanted.until:
            statement = statement.where(Entry.time < wanted.until)
        if before_seq is not None:
            statement = statement.where(Entry.seq < before_seq)
        return await self.all(statement)

    async def read(self, after_seq: int, limit: int) -> Sequence[Entry]:
        """Oldest first, for verification and export."""
        return await self.all(
            self.scoped().where(Entry.seq > after_seq).order_by(Entry.seq).limit(limit)
        )

    async def organizations(self) -> set[OrganizationId]:
        """Those that have entries and that RLS lets through."""
        every = self.unscoped("all chains are verified").with_only_columns(Entry.organization_id)
        return set((await self.session.execute(every.distinct())).scalars())
