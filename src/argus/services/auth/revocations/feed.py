"""The picture of revocations in each replica, current to within milliseconds (ADR 0017)."""

import asyncio
import secrets
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from uuid import UUID

import orjson
import structlog
from psycopg import AsyncConnection, OperationalError

from argus.kernel.clock import Clock
from argus.kernel.db.listen import listen, notifications
from argus.kernel.db.unit_of_work import Database
from argus.kernel.ids import OrganizationId
from argus.kernel.patience import alongside
from argus.services.auth.revocations.picture import Change, Picture, key_of, keys_of
from argus.services.auth.revocations.repository import CHANNEL

HEARTBEAT_S = 0.4
UNASKED_S = 10.0
"""How long after the last question the feed goes on beating."""
CURRENT_S = 1.0
"""How old the latest proof that nothing was missed may be for the picture to be current."""
READ_S = 30.0
"""How long it may take to read all that is revoked; a connection that takes longer is given up."""
_RETRY_S = 0.2
PRUNE_S = 60.0

_log = structlog.get_logger(__name__)


class RevocationFeed:
    """Knows every revocation that was committed up to a moment less than a second ago.

    Listens first, reads the table then, and merges what it hears: PostgreSQL delivers
    notifications in the order of commits, so nothing is missed while the connection lives. Each
    heartbeat is a round trip on the listening connection: whatever had been committed when it was
    sent has been heard when it is answered. A lost connection is read anew.

    It goes on listening, but rests from beating, while nobody asks whether it is current. Then it
    is not: the first to ask wakes it, and has the database to go by until it has beaten.

    What is revoked through this process is in the picture before the answer to that is sent.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        retention: timedelta,
        staleness_bound: timedelta,
        stopping: asyncio.Event,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database, self._clock, self._monotonic = database, clock, monotonic
        self._retention_s = retention.total_seconds()
        self._bound_s = staleness_bound.total_seconds()
        self._picture = Picture()
        self._proved_at: float | None = None
        self._rest_s = longest_rest_s(self._bound_s)
        self._asked_at = monotonic()
        self._asked, self._beaten = asyncio.Event(), asyncio.Event()
        self._pruned_at = monotonic()
        self._news = asyncio.Event()
        self.stopping = stopping
        """Set when those who follow must be let go."""
        self.as_of: datetime | None = None
        """Everything committed until then is in the picture; None before the first reading."""
        self.stream = secrets.token_urlsafe(12)
        """The id of this instance: its sequence means nothing to another."""

    @property
    def sequence(self) -> int:
        """Of the latest change that this process knows. Read it before what it is to vouch for."""
        return self._picture.sequence

    @property
    def is_current(self) -> bool:
        """Whether nothing committed more than `CURRENT_S` ago can be missing. Keeps it beating."""
        now, proved_at = self._monotonic(), self._proved_at
        self._ask(now)
        return proved_at is not None and now - proved_at <= CURRENT_S

    async def becomes_current(self) -> bool:
        """Whether it is current, if need be after the next heartbeat."""
        if not self.is_current:
            try:
                async with asyncio.timeout(CURRENT_S):
                    await self._beaten.wait()
            except TimeoutError:
                pass
        return self.is_current

    @property
    def is_usable(self) -> bool:
        """Whether the picture is within the bound to which an installation trusts it when the
        database cannot be asked (`ARGUS_AUTH_STALENESS_BOUND`).
        """
        return self.staleness_s <= self._bound_s

    @property
    def staleness_s(self) -> float:
        """For how long nothing has proved that the picture is whole; infinite before it is read."""
        if self._proved_at is None:
            return float("inf")
        return self._monotonic() - self._proved_at

    def changed_after(self, sequence: int, keys: Iterable[bytes]) -> bool:
        """Whether what an answer from `sequence` says of `keys` (`keys_of`) may have changed."""
        return self._picture.changed_after(sequence, keys)

    def revoked_after(
        self, epoch: int, subjects: Sequence[UUID], organization_id: OrganizationId
    ) -> bool:
        """Whether a subject was revoked after `epoch`, everywhere or in the organization."""
        return self._picture.revoked_after(epoch, keys_of(subjects, organization_id))

    def since(self, sequence: int) -> Sequence[Change] | None:
        """What changed after `sequence`; None if only a snapshot can tell."""
        return self._picture.since(sequence)

    def snapshot(self) -> Sequence[Change]:
        """All that is known."""
        return self._picture.everything()

    async def news(self, timeout_s: float) -> None:
        """Wait for the next change, or for `timeout_s`. Keeps it beating."""
        self._ask(self._monotonic())
        try:
            async with asyncio.timeout(timeout_s):
                await self._news.wait()
        except TimeoutError:
            pass

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Follow the database within the block, and what is committed in this process."""
        self._database.deliver_here(CHANNEL, self.hear)
        async with alongside(self._run()):
            yield

    def hear(self, payload: str) -> None:
        """Merge a notification."""
        self._merge(
            (key_of(UUID(hex=s), UUID(hex=w)), epoch) for s, w, epoch in orjson.loads(payload)
        )

    def _merge(self, changes: Iterable[Change]) -> None:
        if self._picture.merge(changes, self._monotonic()):
            self._news.set()
            self._news = asyncio.Event()

    async def _run(self) -> None:
        while True:
            try:
                async with await self._database.connect() as connection:
                    await self._follow(connection)
            except (OperationalError, TimeoutError) as error:
                _log.warning("revocations.feed_lost", error=str(error).strip())
            await asyncio.sleep(_RETRY_S)

    async def _follow(self, connection: AsyncConnection) -> None:
        async with asyncio.timeout(READ_S):
            await listen(connection, [CHANNEL])
            if self.staleness_s > self._retention_s and self._proved_at is not None:
                self._picture.distrust()  # what came and was forgotten meanwhile is in no table
            await self._read(connection)
        while True:
            sent_at, as_of = self._monotonic(), self._clock.now()
            async with asyncio.timeout(CURRENT_S):
                await _beat(connection)
            await self._listen(connection, 0)  # what arrived along with the answer
            self._proved_at, self.as_of = sent_at, as_of
            self._beaten.set()
            self._beaten = asyncio.Event()
            self._prune(sent_at)
            await self._listen(connection, HEARTBEAT_S)
            if self._monotonic() - self._asked_at > UNASKED_S:
                await self._rest(connection)

    async def _rest(self, connection: AsyncConnection) -> None:
        """Wait until somebody asks or the connection has something to say, be it its end.

        Not for ever: see `longest_rest_s`.
        """
        self._asked.clear()
        loop, descriptor = asyncio.get_running_loop(), connection.fileno()
        loop.add_reader(descriptor, self._asked.set)
        try:
            async with asyncio.timeout(self._rest_s):
                await self._asked.wait()
        except TimeoutError:
            pass
        finally:
            loop.remove_reader(descriptor)

    def _ask(self, now: float) -> None:
        self._asked_at = now
        self._asked.set()

    async def _read(self, connection: AsyncConnection) -> None:
        async with connection.cursor(binary=True) as cursor:
            await cursor.execute("select subject, within, epoch from auth.revocation")
            while rows := await cursor.fetchmany(1000):
                self._merge((key_of(subject, within), epoch) for subject, within, epoch in rows)
                await asyncio.sleep(0)

    async def _listen(self, connection: AsyncConnection, seconds: float) -> None:
        async for notification in notifications(connection, seconds):
            self.hear(notification.payload)

    def _prune(self, now: float) -> None:
        if now - self._pruned_at >= PRUNE_S:
            self._pruned_at = now
            self._picture.forget(now - self._retention_s)


def longest_rest_s(bound_s: float) -> float:
    """How long a feed may rest so that an outage finds half of a bound of 6 s or more left: the
    beats before and after it may take `CURRENT_S` each.
    """
    return max(HEARTBEAT_S, min(bound_s / 2 - HEARTBEAT_S - 2 * CURRENT_S, PRUNE_S))


async def _beat(connection: AsyncConnection) -> None:
    """A round trip on the connection, which shows too that it is the one that listens.

    Behind a pooler that gives each statement another session, nothing would ever be heard.
    """
    cursor = await connection.execute("select %s in (select pg_listening_channels())", [CHANNEL])
    if await cursor.fetchone() != (True,):
        raise OperationalError("the connection does not listen; is there a pooler in between?")
