"""The outbox relay: carries committed events to their consumers, at least once, in order per key.

One relay process holds the advisory lock of each shard of each service; a second one stands by.
A consumer records the event's id in its inbox in the transaction of its own effect, which makes
the effect happen once. An event that a consumer keeps refusing goes to that consumer's dead
letters, so one broken event never stops the rest.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, cast

import orjson
import structlog
from psycopg import AsyncConnection, OperationalError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from argus.kernel import context
from argus.kernel.db import outbox
from argus.kernel.db.listen import Listener, Wakeup
from argus.kernel.errors import ArgusError
from argus.kernel.events import Event
from argus.kernel.ids import OrganizationId, parse_id
from argus.kernel.module import Call, Consumer, Envelope, Module
from argus.kernel.principal import system
from argus.kernel.rpc.client import Rpc

CHANNEL = "argus_outbox"
MAX_ATTEMPTS = 8
BATCH = 200
FIRST_RETRY_S, _LAST_RETRY_S = 0.25, 60.0
"""How long an event waits that a consumer has refused: twice as long each time."""
CONSUMER_DEADLINE_S = 60.0
_POLL_S = 5.0
_TIDY_S = 3600.0
_INBOX_LIFE = "30 days"  # an event is redelivered only while its outbox still holds it
_ANSWER_LIFE = "1 day"  # how long an Idempotency-Key is honoured
_DEAD_LETTER_LIFE = "90 days"  # until when somebody can look at what a consumer refused
_LOCK_SPACE = 0x4F42  # first key of the advisory locks; the second is the service and shard
_RECEIVE = text(
    "insert into inbox (consumer, event_id)"
    " values (:consumer, :event_id) on conflict do nothing returning true"
)

_log = structlog.get_logger(__name__)


class Relay:
    """Relays the outboxes of `modules` to the consumers of `modules`."""

    def __init__(self, modules: Sequence[Module], rpc: Rpc, listener: Listener) -> None:
        self._modules, self._rpc, self._listener = modules, rpc, listener
        self._consumers = [
            (module, consumer) for module in modules for consumer in module.consumers
        ]

    async def run(self) -> None:
        """Relay until cancelled."""
        async with asyncio.TaskGroup() as group:
            for module in self._modules:
                group.create_task(self._relay_service(module))
                group.create_task(_keep_tidy(module, self._rpc))

    async def drain(self) -> None:
        """Relay until every outbox is empty, or holds only what waits for its next attempt."""
        progress = True
        while progress:
            progress = False
            for module in self._modules:
                async with await module.database.connect() as connection:
                    shards = await _acquire(connection, module.name)
                    progress |= bool(await self._relay_batch(module, connection, shards))
                    # The server sees the end of a connection late, and keeps its locks until then.
                    await connection.execute("select pg_advisory_unlock_all()")

    async def _relay_service(self, module: Module) -> None:
        delay_s = 0.1
        async with self._listener.subscribe(CHANNEL, module.name) as wakeup:
            while True:
                try:
                    async with await module.database.connect() as connection:
                        delay_s = 0.1
                        await self._drain_forever(module, connection, wakeup)
                except (OperationalError, DBAPIError, PoolTimeout) as error:
                    _log.warning("relay.lost", service=module.name, error=str(error).strip())
                    await asyncio.sleep(delay_s)
                    delay_s = min(delay_s * 2, 2.0)

    async def _drain_forever(
        self, module: Module, connection: AsyncConnection, wakeup: Wakeup
    ) -> None:
        shards: list[int] = []
        while True:
            if len(shards) < outbox.SHARDS:
                shards = await _acquire(connection, module.name)
            pause_s = _POLL_S
            while shards and (taken := await self._relay_batch(module, connection, shards)):
                if taken < BATCH:
                    pause_s = 0.2
                    break
            await wakeup.wait(pause_s)

    async def _relay_batch(
        self, module: Module, connection: AsyncConnection, shards: list[int]
    ) -> int:
        """Deliver the next events; returns how many were looked at."""
        cursor = await connection.execute(
            outbox.TAKE.format(schema=module.name).encode(), {"shards": shards, "limit": BATCH}
        )
        rows = await cursor.fetchall()
        done: list[int] = []
        blocked: set[str] = set()
        for position, event_id, type_, key, attempts, raw in rows:
            if key in blocked:
                continue
            envelope = Envelope(str(event_id), type_, raw["time"], raw["organization"], raw)
            if await self._deliver(envelope, final=attempts + 1 >= MAX_ATTEMPTS):
                done.append(position)
            else:
                blocked.add(key)
                await connection.execute(
                    outbox.RETRY_LATER.format(schema=module.name).encode(),
                    {
                        "position": position,
                        "delay_s": min(2**attempts * FIRST_RETRY_S, _LAST_RETRY_S),
                    },
                )
        if done:
            await connection.execute(
                outbox.DELETE.format(schema=module.name).encode(), {"positions": done}
            )
        return len(rows)

    async def _deliver(self, envelope: Envelope, *, final: bool) -> bool:
        """Hand the event to every consumer; False when one of them wants it again."""
        delivered = True
        for module, consumer in self._consumers:
            if consumer.event_type is not Event and consumer.event_type.__name__ != envelope.type:
                continue
            try:
                async with asyncio.timeout(CONSUMER_DEADLINE_S):
                    await self._consume(module, consumer, envelope)
            except Exception as error:
                # The outermost handler of consumers: whatever one raises, the others go on.
                _log.exception("consumer.failed", consumer=consumer.name, event_id=envelope.id)
                if final:
                    await _bury(module, consumer, envelope, error)
                else:
                    delivered = False
        return delivered

    async def _consume(self, module: Module, consumer: Consumer[Event], envelope: Envelope) -> None:
        tenant = (
            OrganizationId(parse_id("org", envelope.organization))
            if envelope.organization
            else None
        )
        principal = system(module.name, tenant)
        context.service.set(module.name)
        context.principal.set(principal)
        context.request_id.set(str(envelope.raw.get("requestid") or ""))
        async with module.database.unit_of_work(principal) as uow:
            first = await uow.session.scalar(
                _RECEIVE,
                {"consumer": consumer.name, "event_id": envelope.id},
            )
            if first:
                data = cast("Any", envelope.raw["data"])
                event = Event() if consumer.event_type is Event else consumer.event_type.parse(data)
                await consumer.handle(
                    event,
                    envelope,
                    Call(uow, principal, module.database.clock, module.resources, self._rpc),
                )


async def _acquire(connection: AsyncConnection, service: str) -> list[int]:
    cursor = await connection.execute(
        "select shard from generate_series(0, %(last)s) shard"
        " where pg_try_advisory_lock(%(space)s, hashtext(%(service)s || shard))",
        {"last": outbox.SHARDS - 1, "space": _LOCK_SPACE, "service": service},
    )
    return [row[0] for row in await cursor.fetchall()]


async def _bury(
    module: Module, consumer: Consumer[Event], envelope: Envelope, error: Exception
) -> None:
    async with module.database.unit_of_work(system(module.name)) as uow:
        await uow.session.execute(
            text(
                "insert into dead_letter (consumer, event_id, envelope, error)"
                " values (:consumer, :event_id, cast(:envelope as jsonb), :error)"
                " on conflict do nothing"
            ),
            {
                "consumer": consumer.name,
                "event_id": envelope.id,
                "envelope": orjson.dumps(envelope.raw).decode(),
                "error": repr(error)[:2000],
            },
        )


async def _keep_tidy(module: Module, rpc: Rpc) -> None:
    """Forget, now and every hour, what nobody can ask for any more."""
    while True:
        try:
            async with module.database.unit_of_work(system(module.name)) as uow:
                for table, column, life in (
                    ("inbox", "received_at", _INBOX_LIFE),
                    ("idempotency", "created_at", _ANSWER_LIFE),
                    ("dead_letter", "failed_at", _DEAD_LETTER_LIFE),
                ):
                    await uow.session.execute(
                        text(f"delete from {table} where {column} < now() - interval '{life}'")
                    )
            if module.tidy is not None:
                await module.tidy(rpc)
        except (DBAPIError, PoolTimeout, ArgusError) as error:
            _log.warning("relay.not_tidied", service=module.name, error=str(error).strip())
        await asyncio.sleep(_TIDY_S)
