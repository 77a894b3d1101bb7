"""Appending to, searching and verifying the audit log."""

from collections.abc import AsyncIterator, Sequence
from uuid import UUID

import orjson

from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.ids import OrganizationId, format_id, parse_id
from argus.services.audit import chain
from argus.services.audit.entries.models import Entry
from argus.services.audit.entries.repository import EntryRepository, Filter

INSTALLATION = OrganizationId(UUID(int=0))
"""The chain of events that belong to no organization (signing keys, sign-ins before a choice)."""

_BATCH = 1000


class AuditLog:
    """One organization's log. Never commits: the unit of work does."""

    def __init__(self, uow: UnitOfWork, organization_id: UUID) -> None:
        self._organization_id = organization_id
        self._entries = EntryRepository(uow, organization_id)

    async def append(self, event_id: str, envelope: dict[str, object]) -> None:
        """Add an event at the end of the chain; entries of one organization are added in turn."""
        end = await self._entries.lock_chain()
        body = orjson.dumps(envelope, option=orjson.OPT_SORT_KEYS).decode()
        seq = end.entries + 1
        entry_hash = chain.link_hash(end.head, seq, body)
        await self._entries.add(
            Entry(
                organization_id=self._organization_id,
                seq=seq,
                event_id=UUID(event_id),
                body=body,
                previous_hash=end.head,
                hash=entry_hash,
            )
        )
        end.entries, end.head = seq, entry_hash

    async def find(self, wanted: Filter, before_seq: int | None, limit: int) -> Sequence[Entry]:
        """Newest first; `before_seq` continues where an earlier page ended."""
        return await self._entries.find(wanted, before_seq, limit)

    async def links(self) -> AsyncIterator[chain.Link]:
        """The whole chain, oldest first, read in batches."""
        after_seq = 0
        while batch := await self._entries.read(after_seq, _BATCH):
            for entry in batch:
                yield chain.Link(entry.seq, entry.body, entry.previous_hash, entry.hash)
            after_seq = batch[-1].seq

    async def verify(self) -> chain.Verdict:
        """Recompute the chain and compare it with the noted head, so a cut-off end is seen."""
        end = await self._entries.head()
        verdict = chain.verify([link async for link in self.links()])
        if not verdict.valid or end is None:
            return verdict
        if verdict.entries < end.entries or (
            verdict.entries == end.entries and verdict.head != end.head
        ):
            missing = f"entries after {verdict.entries} are missing, {end.entries} were written"
            return chain.Verdict(verdict.entries, verdict.head, missing)
        return verdict


def chain_of(organization: str | None) -> OrganizationId:
    """The chain of an envelope's organization."""
    return OrganizationId(parse_id("org", organization)) if organization else INSTALLATION


def chain_name(organization_id: UUID) -> str:
    """The chain's name for people: the organization's identifier, or `installation`."""
    is_own = organization_id == INSTALLATION
    return "installation" if is_own else format_id("org", organization_id)
