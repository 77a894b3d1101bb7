"""Events: with their transaction or not at all, in order per key, effectively once."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from argus.kernel import relay
from argus.kernel.events import Event
from argus.kernel.ids import format_id
from argus.kernel.module import Call, Consumer, Envelope
from argus.kernel.relay import MAX_ATTEMPTS, Relay
from support.toy import ThingMade, Things, Toy, of, organization

Handle = Callable[[ThingMade, Envelope, Call], Awaitable[None]]


def consumer(handle: Handle) -> Consumer[ThingMade]:
    return Consumer("toy.note", ThingMade, handle)


def refusing(key: str) -> tuple[Consumer[ThingMade], list[str]]:
    """A consumer that refuses events of one key, and a list of all it was offered."""
    offered: list[str] = []

    async def handle(event: ThingMade, _envelope: Envelope, call: Call) -> None:
        offered.append(f"{event.thing}{event.number}")
        await Things(call.uow).make(f"effect of {event.thing}{event.number}")
        if event.thing == key:
            raise RuntimeError(f"no {key} today")

    return consumer(handle), offered


async def emit(toy: Toy, *events: ThingMade) -> None:
    async with toy.database.unit_of_work(of(organization())) as uow:
        for event in events:
            await uow.emit(event)


def make_due(toy: Toy) -> None:
    """Let every event's next attempt be now."""
    toy.execute("update toy.outbox set available_at = now()")


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """An event that was refused is due again when `make_due` says so, however slow the test is."""
    monkeypatch.setattr(relay, "FIRST_RETRY_S", 60)


async def test_an_event_is_published_only_if_its_unit_commits(toy: Toy) -> None:
    async with toy.rolled_back() as uow:
        await uow.emit(ThingMade(thing="undone"))
    await emit(toy, ThingMade(thing="done"))
    assert toy.query("select key from toy.outbox") == [("done",)]


async def test_the_envelope_is_a_cloud_event_with_tenant_and_caller(toy: Toy) -> None:
    tenant = organization()
    async with toy.database.unit_of_work(of(tenant)) as uow:
        await uow.emit(ThingMade(thing="a", number=3))
    [(envelope,)] = toy.query("select envelope from toy.outbox")
    assert envelope | {"id": None, "traceparent": None} == {
        "specversion": "1.0",
        "id": None,
        "source": "argus/toy",
        "type": "ThingMade",
        "subject": "a",
        "time": "2030-01-01T12:00:00+00:00",
        "organization": format_id("org", tenant),
        "requestid": "",
        "traceparent": None,
        "principal": {
            "kind": "system",
            "id": "service:toy",
            "method": "anonymous",
            "actors": [],
            "credential": "",
            "address": "",
        },
        "data": {"thing": "a", "number": 3},
    }


async def test_events_of_a_key_arrive_in_order_and_leave_the_outbox(toy: Toy) -> None:
    note, offered = refusing("")
    await emit(toy, *(ThingMade(thing=key, number=n) for n in range(20) for key in "abc"))
    await toy.relay(note).drain()
    for key in "abc":
        assert [seen for seen in offered if seen[0] == key] == [f"{key}{n}" for n in range(20)]
    assert toy.query("select count(*) from toy.outbox") == [(0,)]


async def test_a_consumer_acts_for_the_events_organization(toy: Toy) -> None:
    tenant = organization()
    note, _ = refusing("")
    async with toy.database.unit_of_work(of(tenant)) as uow:
        await uow.emit(ThingMade(thing="a"))
    await toy.relay(note).drain()
    assert toy.query("select organization_id from toy.thing") == [(tenant,)]


async def test_a_refusing_consumer_blocks_the_events_of_that_key_only(toy: Toy) -> None:
    note, offered = refusing("bad")
    await emit(toy, *(ThingMade(thing=key, number=n) for n in range(2) for key in ("bad", "good")))
    await toy.relay(note).drain()
    assert offered == ["bad0", "good0", "good1"]
    assert toy.names() == ["effect of good0", "effect of good1"]
    make_due(toy)
    await toy.relay(note).drain()
    assert offered[3:] == ["bad0"]


async def test_an_event_refused_too_often_goes_to_the_dead_letters_and_frees_its_key(
    toy: Toy,
) -> None:
    note, offered = refusing("bad")
    await emit(toy, ThingMade(thing="bad"))
    for _ in range(MAX_ATTEMPTS):
        assert toy.query("select count(*) from toy.dead_letter") == [(0,)]
        make_due(toy)
        await toy.relay(note).drain()
    assert len(offered) == MAX_ATTEMPTS
    [(name, envelope, error)] = toy.query("select consumer, envelope, error from toy.dead_letter")
    assert (name, envelope["data"]["thing"]) == ("toy.note", "bad")
    assert "no bad today" in error
    assert toy.query("select count(*) from toy.outbox") == [(0,)]
    assert toy.names() == []


async def test_an_event_delivered_twice_has_its_effect_once(toy: Toy) -> None:
    note, offered = refusing("")
    await emit(toy, ThingMade(thing="a"))
    [delivered] = toy.query("select id, topic, type, key, shard, envelope::text from toy.outbox")
    await toy.relay(note).drain()
    toy.execute(
        "insert into toy.outbox (id, topic, type, key, shard, envelope)"
        " values (%s, %s, %s, %s, %s, %s::jsonb)",
        *delivered,
    )
    await toy.relay(note).drain()
    assert toy.query("select count(*) from toy.outbox") == [(0,)]
    assert offered == ["a0"]
    assert toy.names() == ["effect of a0"]


async def test_one_consumer_that_refuses_does_not_repeat_the_others(toy: Toy) -> None:
    refuses, _ = refusing("a")
    others: list[str] = []

    async def remember(_event: Event, envelope: Envelope, _call: Call) -> None:
        others.append(envelope.type)

    everything = Consumer("toy.remember", Event, remember)
    await emit(toy, ThingMade(thing="a"))
    for _ in range(3):
        make_due(toy)
        await toy.relay(refuses, everything).drain()
    assert others == ["ThingMade"]


async def test_a_second_relay_stands_by_and_takes_over_when_the_first_ends(toy: Toy) -> None:
    arrived: asyncio.Queue[tuple[str, str]] = asyncio.Queue()

    def running(name: str) -> AbstractAsyncContextManager[None]:
        async def note(event: ThingMade, _envelope: Envelope, _call: Call) -> None:
            await arrived.put((name, event.thing))

        return in_background(toy.relay(consumer(note)))

    async with in_background_listener(toy), asyncio.timeout(30):
        async with running("first"):
            await emit(toy, ThingMade(thing="a"))
            assert await arrived.get() == ("first", "a")
            async with running("second"):
                await emit(toy, ThingMade(thing="b"))
                assert await arrived.get() == ("first", "b")
                await toy.until("select count(*) from toy.outbox", 0)
        async with running("second"):
            await emit(toy, ThingMade(thing="c"))
            assert await arrived.get() == ("second", "c")
    assert arrived.empty()


async def test_the_relay_outlives_its_connections(toy: Toy) -> None:
    arrived: asyncio.Queue[str] = asyncio.Queue()

    async def note(event: ThingMade, _envelope: Envelope, _call: Call) -> None:
        await arrived.put(event.thing)

    async with in_background_listener(toy), in_background(toy.relay(consumer(note))):
        async with asyncio.timeout(30):
            await emit(toy, ThingMade(thing="before"))
            assert await arrived.get() == "before"
            await toy.until("select count(*) from toy.outbox", 0)
            toy.execute(
                "select pg_terminate_backend(pid, 30000) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            )
            await emit(toy, ThingMade(thing="after"))
            assert await arrived.get() == "after"


async def test_what_nobody_can_ask_for_any_more_is_forgotten(toy: Toy) -> None:
    toy.execute(
        "insert into toy.inbox values ('c', gen_random_uuid(), now() - interval '31 days'),"
        " ('c', gen_random_uuid(), now())"
    )
    toy.execute(
        "insert into toy.idempotency (principal, operation, key, request_hash, created_at)"
        " values ('p', 'o', 'old', '', now() - interval '2 days'), ('p', 'o', 'new', '', now())"
    )
    async with in_background(toy.relay()):
        await toy.until("select count(*) from toy.inbox", 1)
    assert toy.query("select key from toy.idempotency") == [("new",)]


@asynccontextmanager
async def in_background(relay: Relay) -> AsyncGenerator[None]:
    async with asyncio.TaskGroup() as group:
        task = group.create_task(relay.run())
        yield
        task.cancel()


@asynccontextmanager
async def in_background_listener(toy: Toy) -> AsyncGenerator[None]:
    async with asyncio.TaskGroup() as group:
        task = group.create_task(toy.listener.run())
        yield
        task.cancel()
