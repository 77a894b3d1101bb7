"""Usage that is written together: what a caller sends while its last is being written.

A commit costs the same for one event and for a thousand. Nothing waits for company: a request that
comes alone is written alone. Requests of different callers never share a transaction, so each has
its tenant and its line in the audit log.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy.exc import DataError

from argus.kernel import context
from argus.kernel.db.unit_of_work import UNREACHABLE, Database
from argus.kernel.errors import InvalidRequest, Unavailable
from argus.kernel.principal import Principal
from argus.services.billing.tiers import Tiers
from argus.services.billing.usage.schemas import UsageEventBody
from argus.services.billing.usage.service import Recorded, UsageService

MOST_EVENTS = 5_000
"""In one transaction."""


@dataclass(frozen=True)
class _Sent:
    """One request that waits to be written."""

    events: Sequence[UsageEventBody]
    request_id: str
    recorded: asyncio.Future[Recorded]


class UsageIntake:
    """Records usage outside of a request's own unit of work."""

    def __init__(self, database: Database, tiers: Tiers) -> None:
        self._database, self._tiers = database, tiers
        self._waiting: dict[Principal, list[_Sent]] = {}

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[None]:
        """Usage is taken within the block, which ends when all of it is written."""
        async with asyncio.TaskGroup() as self._tasks:
            yield

    async def record(self, principal: Principal, events: Sequence[UsageEventBody]) -> Recorded:
        """As `UsageService.record`: durable when it returns.

        Raises:
            InvalidRequest: as there, or a value cannot be stored.
            Unavailable: the database does not answer; whether it was written is not known.
        """
        recorded: asyncio.Future[Recorded] = asyncio.get_running_loop().create_future()
        sent = _Sent(events, context.request_id.get(), recorded)
        if principal in self._waiting:
            self._waiting[principal].append(sent)
        else:
            self._waiting[principal] = [sent]
            self._tasks.create_task(self._write(principal))
        return await recorded

    async def _write(self, principal: Principal) -> None:
        """Write until nobody waits."""
        while waiting := self._waiting[principal]:
            together = _first(waiting)
            del waiting[: len(together)]
            await self._settle(principal, together)
        del self._waiting[principal]

    async def _settle(self, principal: Principal, together: Sequence[_Sent]) -> None:
        """Tell each request what became of it."""
        try:
            found = await self._commit(principal, together)
        except (InvalidRequest, DataError) as error:
            if len(together) > 1:  # the fault of one of them
                for sent in together:
                    await self._settle(principal, [sent])
            elif isinstance(error, InvalidRequest):
                _fail(together, error)
            else:
                _fail(together, InvalidRequest("a value cannot be stored"))
        except UNREACHABLE:
            _fail(together, Unavailable("the database does not answer"))
        except Exception as error:
            # Whoever waits is the edge, which knows what to do with the unforeseen.
            _fail(together, error)
        else:
            for sent, recorded in zip(together, found, strict=True):
                if not sent.recorded.done():  # who asked may have gone
                    sent.recorded.set_result(recorded)

    async def _commit(self, principal: Principal, together: Sequence[_Sent]) -> list[Recorded]:
        context.request_id.set(together[0].request_id)
        async with self._database.unit_of_work(principal) as uow:
            service = UsageService(uow, self._database.clock, self._tiers)
            return await service.record([sent.events for sent in together])


def _first(waiting: Sequence[_Sent]) -> list[_Sent]:
    """As many of those who wait as go into one transaction."""
    count, taken = 0, list[_Sent]()
    for sent in waiting:
        count += len(sent.events)
        if taken and count > MOST_EVENTS:
            break
        taken.append(sent)
    return taken


def _fail(together: Sequence[_Sent], error: Exception) -> None:
    for sent in together:
        if not sent.recorded.done():
            sent.recorded.set_exception(error)
            sent.recorded.exception()  # who asked may have gone
