"""What caches keep, who finds it out, and how it is forgotten."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest

from argus.kernel.cache import CHANNEL, Cache, flush
from argus.kernel.db.listen import Listener
from argus.kernel.errors import Unavailable
from argus.kernel.telemetry import CACHE_LOOKUPS
from argus.kernel.valkey import PAUSE_S, Valkey
from support.metrics import value_of
from support.stopwatch import Stopwatch
from support.toy import Toy, of, organization
from support.valkey import ValkeyServer

ACME, GLOBEX = organization(), organization()


class Source:
    """Finds a value out; another one each time, when it may."""

    def __init__(self) -> None:
        self.asked = 0
        self.is_down = False
        self.may = asyncio.Event()
        self.may.set()

    async def __call__(self) -> int:
        self.asked += 1
        answer = self.asked
        await self.may.wait()
        if self.is_down:
            raise Unavailable
        return answer


@pytest.fixture
def source() -> Source:
    return Source()


def cache_of(
    watch: Stopwatch,
    valkey: Valkey | None = None,
    listener: Listener | None = None,
    max_entries: int = 10,
) -> Cache[int]:
    """The cache of a process, which hears nothing unless there is a listener."""
    listener = listener or Listener(cast("Any", None), [])
    options: dict[str, Any] = {"fresh_s": 10, "max_entries": max_entries, "elapsed_s": watch}
    return Cache[int]("toys", listener, valkey, **options)


async def test_a_value_is_found_out_once_per_organization_and_key(
    watch: Stopwatch, source: Source
) -> None:
    cache = cache_of(watch)
    values = [
        await cache.get(organization_id, key, source)
        for organization_id in (ACME, ACME, GLOBEX, ACME)
        for key in ("a", "b")
    ]
    assert values == [1, 2, 1, 2, 3, 4, 1, 2]


async def test_many_at_once_ask_the_source_once(watch: Stopwatch, source: Source) -> None:
    cache = cache_of(watch)
    source.may.clear()
    async with asyncio.TaskGroup() as group:
        asking = [group.create_task(cache.get(ACME, "a", source)) for _ in range(50)]
        await asyncio.sleep(0)
        source.may.set()
    assert {task.result() for task in asking} == {1}
    assert source.asked == 1


async def test_a_value_is_renewed_before_it_is_too_old_by_one_while_nobody_else_waits(
    watch: Stopwatch, source: Source
) -> None:
    cache = cache_of(watch)
    await cache.get(ACME, "a", source)
    watch.s += 7.9
    assert await cache.get(ACME, "a", source) == 1
    watch.s += 0.1
    source.may.clear()
    async with asyncio.TaskGroup() as group:
        renewing = group.create_task(cache.get(ACME, "a", source))
        await asyncio.sleep(0)
        async with asyncio.timeout(30):
            assert [await cache.get(ACME, "a", source) for _ in range(3)] == [1, 1, 1]
        source.may.set()
    assert renewing.result() == 2
    assert await cache.get(ACME, "a", source) == 2


async def test_the_last_known_value_serves_while_the_source_is_down(
    watch: Stopwatch, source: Source
) -> None:
    cache = cache_of(watch)
    source.is_down = True
    with pytest.raises(Unavailable):
        await cache.get(ACME, "a", source)
    source.is_down = False
    await cache.get(ACME, "a", source)
    source.is_down = True
    watch.s += 3600
    asked = source.asked
    assert [await cache.get(ACME, "a", source) for _ in range(5)] == [2] * 5
    assert source.asked == asked + 1  # not by each of them
    source.is_down = False
    watch.s += 1
    assert await cache.get(ACME, "a", source) == source.asked


async def test_who_fails_to_find_out_leaves_it_to_the_next(
    watch: Stopwatch, source: Source
) -> None:
    cache = cache_of(watch)
    source.may.clear()
    async with asyncio.TaskGroup() as group:
        gone = group.create_task(cache.get(ACME, "a", source))
        waiting = group.create_task(cache.get(ACME, "a", source))
        await asyncio.sleep(0)
        gone.cancel()
        source.may.set()
    assert waiting.result() == 2


async def test_beyond_the_bound_the_longest_known_value_is_forgotten(
    watch: Stopwatch, source: Source
) -> None:
    cache = cache_of(watch, max_entries=2)
    for key in ("a", "b", "c"):
        await cache.get(ACME, key, source)
    assert await cache.get(ACME, "c", source) == 3
    assert await cache.get(ACME, "a", source) == 4


async def test_another_process_takes_a_value_from_valkey_with_the_time_it_has_left(
    watch: Stopwatch, valkey: Valkey, source: Source
) -> None:
    one, other = cache_of(watch, valkey), cache_of(watch, valkey)
    assert await one.get(ACME, "a", source) == 1
    before = value_of(CACHE_LOOKUPS, cache="toys", where="valkey")
    assert await other.get(ACME, "a", source) == 1
    assert value_of(CACHE_LOOKUPS, cache="toys", where="valkey") == before + 1
    assert await other.get(GLOBEX, "a", source) == 2
    watch.s += 8
    await other.get(ACME, "a", source)  # Valkey's own time stands still: it is good there
    assert source.asked == 2


async def test_without_valkey_each_process_finds_out_for_itself(
    watch: Stopwatch, valkey: Valkey, valkey_process: ValkeyServer, source: Source
) -> None:
    one, other = cache_of(watch, valkey), cache_of(watch, valkey)
    await one.get(ACME, "a", source)
    valkey_process.kill()
    assert await one.get(ACME, "a", source) == 1
    assert await other.get(ACME, "a", source) == 2
    valkey_process.start()
    watch.s += PAUSE_S
    assert await cache_of(watch, valkey).get(ACME, "a", source) == 3
    assert await cache_of(watch, valkey).get(ACME, "a", source) == 3


async def test_a_value_in_valkey_that_nobody_can_read_is_found_out_anew(
    watch: Stopwatch, valkey: Valkey, valkey_process: ValkeyServer, source: Source
) -> None:
    assert await cache_of(watch, valkey).get(ACME, "a", source) == 1
    client = valkey_process.client()
    [key] = client.keys("*:toys:a")
    for found, unreadable in enumerate(("{", "5", "null", "true", "[]"), 2):
        client.set(str(key), unreadable, keepttl=True)
        assert await cache_of(watch, valkey).get(ACME, "a", source) == found
        assert await cache_of(watch, valkey).get(ACME, "a", source) == found


@asynccontextmanager
async def hearing(toy: Toy) -> AsyncGenerator[Listener]:
    """The listener of a process, which hears."""
    listener, ready = Listener(toy.database, [CHANNEL]), asyncio.Event()

    async def heard(_payload: str | None) -> None:
        ready.set()

    listener.call(CHANNEL, heard)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(listener.run())
        async with asyncio.timeout(30):
            await ready.wait()
        yield listener
        running.cancel()


@pytest.mark.parametrize("shared", [False, True])
async def test_a_flush_forgets_an_organization_in_every_process_when_it_commits(
    toy: Toy, watch: Stopwatch, valkey: Valkey, source: Source, shared: bool
) -> None:
    known = valkey if shared else None
    async with hearing(toy) as here, hearing(toy) as there:
        one, other = cache_of(watch, known, here), cache_of(watch, known, there)
        await other.get(GLOBEX, "a", source)
        before = [await cache.get(ACME, "a", source) for cache in (one, other)]
        async with toy.rolled_back() as uow:
            await flush(uow, ACME)
        async with toy.database.unit_of_work(of(ACME)) as uow:
            await flush(uow, ACME)
        asked = source.asked
        for cache in (one, other):
            async with asyncio.timeout(30):
                while await cache.get(ACME, "a", source) in before:  # noqa: ASYNC110 - not told
                    await asyncio.sleep(0)
        assert source.asked > asked
        assert await other.get(GLOBEX, "a", source) == 1


async def test_what_was_being_found_out_during_a_flush_is_not_kept(
    toy: Toy, watch: Stopwatch, valkey: Valkey, source: Source
) -> None:
    async with hearing(toy) as listener:
        cache, heard = cache_of(watch, valkey, listener), asyncio.Event()

        async def told(_payload: str | None) -> None:
            heard.set()

        listener.call(CHANNEL, told)
        source.may.clear()
        async with asyncio.TaskGroup() as group, asyncio.timeout(30):
            old = group.create_task(cache.get(ACME, "a", source))
            while not source.asked:  # noqa: ASYNC110 - it asks Valkey first
                await asyncio.sleep(0)
            async with toy.database.unit_of_work(of(ACME)) as uow:
                await flush(uow, ACME)
            await heard.wait()
            source.may.set()
        assert old.result() == 1
        assert await cache.get(ACME, "a", source) == 2
        assert await cache_of(watch, valkey).get(ACME, "a", source) == 2
