"""Appending to, searching and verifying the audit log."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from uuid import UUID

import orjson

from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.ids import OrganizationId, format_id
from argus.services.audit import chain
from argus.services.audit.entries.models import Entry
from argus.services.audit.entries.repository import ChainRepository, EntryRepository, Filter

INSTALLATION = OrganizationId(UUID(int=0))
"""The chain of events that belong to no organization (signing keys, sign-ins before a choice)."""

_BATCH = 1000


class AuditLog:
    """The log of the unit's organization. Never commits: the unit of work does."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._organization_id = uow.organization_id
        self._chains, self._entries = ChainRepository(uow), EntryRepository(uow)

    async def append(self, event_id: str, envelope: dict[str, object]) -> None:
        """Add an event at the end of the chain; entries of one organization are added in turn."""
        end = await self._chains.lock()
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
        while batch := await self.links_after(after_seq):
            for link in batch:
                yield link
            after_seq = batch[-1].seq

    async def links_after(self, seq: int) -> list[chain.Link]:
        """The next entries of the chain, oldest first; none at its end."""
        return [
            chain.Link(entry.seq, entry.body, entry.previous_hash, entry.hash)
            for entry in await self._entries.read(seq, _BATCH)
        ]

    async def verify(self) -> chain.Verdict:
        """Recompute the chain and compare it with the end that was noted when it was written.

        Entries may be appended meanwhile: the chain must reach at least the end noted before, and
        at most the end noted afterwards.
        """
        written, head = await self._chains.noted_end()
        verdict = chain.NOTHING
        async for link in self.links():
            verdict = chain.follow(verdict, link)
            if not verdict.valid:
                return verdict
            if link.seq == written and link.hash != head:
                return replace(verdict, problem=f"entry {written} is not the one written last")
        if verdict.entries < written:
            missing = f"entries after {verdict.entries} are missing, {written} were written"
            return replace(verdict, problem=missing)
        written, _ = await self._chains.noted_end()
        if verdict.entries > written:
            return replace(verdict, problem=f"entry {written + 1} was never written by the log")
        return verdict


async def list_chains(uow: UnitOfWork) -> list[OrganizationId]:
    """Every chain that has entries, or had; in an unscoped unit of work, of all organizations."""
    chains, entries = ChainRepository(uow), EntryRepository(uow)
    return sorted(await chains.organizations() | await entries.organizations())


def chain_name(organization_id: OrganizationId) -> str:
    """The chain's name for people: the organization's identifier, or `installation`."""
    is_own = organization_id == INSTALLATION
    return "installation" if is_own else format_id("org", organization_id)
