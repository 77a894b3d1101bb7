"""LISTEN/NOTIFY as wake-up calls: one connection per process, any number of waiting tasks.

A notification is a hint, never data: whoever wakes looks at the tables. A lost connection wakes and
calls everybody once, so that nothing notified meanwhile is missed.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager

import structlog
from psycopg import AsyncConnection, Notify, OperationalError, sql

from argus.kernel.db.unit_of_work import Database

_LOOK_UP_S = 1.0

_log = structlog.get_logger(__name__)

Heard = Callable[[str | None], Awaitable[None]]


class Wakeup:
    """Set by a notification of the channel and payload; `wait` clears it."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def set(self) -> None:
        self._event.set()

    async def wait(self, timeout_s: float) -> bool:
        """True when notified, False after `timeout_s`."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._event.wait()
        except TimeoutError:
            return False
        self._event.clear()
        return True


class Listener:
    """Listens on behalf of all tasks of the process while `run` runs."""

    def __init__(self, database: Database, channels: list[str]) -> None:
        self._database, self._channels = database, channels
        self._waiting: dict[tuple[str, str], set[Wakeup]] = defaultdict(set)
        self._called: dict[str, list[Heard]] = defaultdict(list)

    def call(self, channel: str, heard: Heard) -> None:
        """Have `heard` called with the payload of each notification of `channel`, in their order;
        with None when some may have been missed. It returns soon, and raises nothing.
        """
        self._called[channel].append(heard)

    @asynccontextmanager
    async def subscribe(self, channel: str, payload: str) -> AsyncGenerator[Wakeup]:
        """A wake-up for notifications of `channel` with exactly `payload`."""
        wakeup = Wakeup()
        waiting = self._waiting[channel, payload]
        waiting.add(wakeup)
        try:
            yield wakeup
        finally:
            waiting.discard(wakeup)
            if not waiting:
                self._waiting.pop((channel, payload), None)

    async def run(self) -> None:
        """Listen until cancelled; reconnects with a growing delay."""
        delay_s = 0.1
        while True:
            try:
                async with await self._database.connect() as connection:
                    await listen(connection, self._channels)
                    delay_s = 0.1
                    await self._wake_all()
                    while True:
                        async for notification in notifications(connection, _LOOK_UP_S):
                            await self._tell(notification)
            except OperationalError as error:
                _log.warning("listen.lost", error=str(error).strip(), retry_in_s=delay_s)
                await asyncio.sleep(delay_s)
                delay_s = min(delay_s * 2, 2.0)

    async def _tell(self, notification: Notify) -> None:
        channel, payload = notification.channel, notification.payload
        for heard in self._called.get(channel, ()):
            await heard(payload)
        for wakeup in self._waiting.get((channel, payload), ()):
            wakeup.set()

    async def _wake_all(self) -> None:
        for called in self._called.values():
            for heard in called:
                await heard(None)
        for waiting in self._waiting.values():
            for wakeup in waiting:
                wakeup.set()


async def listen(connection: AsyncConnection, channels: Iterable[str]) -> None:
    """Have the connection, which is in autocommit mode, hear these channels from now on."""
    for channel in channels:
        await connection.execute(sql.SQL("listen {}").format(sql.Identifier(channel)))


async def notifications(connection: AsyncConnection, seconds: float) -> AsyncGenerator[Notify]:
    """What the connection hears within that time.

    Ends a cancelled task afterwards. What is done about a notification may forget a cancellation:
    before Python 3.12 `asyncio.wait_for` does, by which the client of Valkey writes.
    """
    async for notification in connection.notifies(timeout=seconds):
        yield notification
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
