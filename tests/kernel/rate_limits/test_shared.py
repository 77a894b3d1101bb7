"""Buckets that replicas share: exact together, quick, and there without Valkey too."""

import asyncio
import time
from typing import Any

import pytest
from redis import Redis

from argus.kernel.rate_limits.shared import SharedBuckets
from argus.kernel.telemetry import RATE_LIMIT_FALLBACKS, VALKEY_FAILURES
from argus.kernel.valkey import PAUSE_S, Valkey
from support.metrics import value_of
from support.stopwatch import Stopwatch
from support.valkey import ValkeyServer

KEY = "usr_1 org_1 tier"


def stored(valkey_process: ValkeyServer, valkey: Valkey, key: str = KEY) -> float:
    """Tokens that are in the bucket, as Valkey holds them."""
    client: Redis = valkey_process.client()
    fields: Any = client.hgetall(f"{valkey.prefix}:limit:{key}")
    return float(fields["tokens"])


def scripts_run(valkey_process: ValkeyServer) -> int:
    statistics: Any = valkey_process.client().info("commandstats")
    return sum(
        counted["calls"] - counted["failed_calls"]
        for name, counted in statistics.items()
        if name in ("cmdstat_evalsha", "cmdstat_eval")
    )


async def test_replicas_together_let_through_what_one_bucket_holds(
    valkey: Valkey, watch: Stopwatch
) -> None:
    replicas, begun = [SharedBuckets(valkey, watch) for _ in range(3)], time.monotonic()
    decisions = [await replicas[number % 3].take(KEY, 60) for number in range(90)]
    passed = sum(decision.allowed for decision in decisions)
    assert 60 <= passed <= 61 + time.monotonic() - begun  # one comes back each second
    assert [decision.allowed for decision in decisions[:60]] == [True] * 60
    assert decisions[0].remaining == 59


async def test_requests_at_once_do_not_take_more_than_there_is(
    valkey: Valkey, watch: Stopwatch
) -> None:
    replicas, begun = [SharedBuckets(valkey, watch) for _ in range(2)], time.monotonic()
    decisions = await asyncio.gather(
        *(replicas[number % 2].take(KEY, 200) for number in range(400))
    )
    passed = sum(decision.allowed for decision in decisions)
    assert 200 <= passed <= 201 + (time.monotonic() - begun) * 200 / 60  # so many come back


async def test_a_large_bucket_costs_one_round_trip_for_a_hundredth_of_it(
    valkey_process: ValkeyServer, valkey: Valkey, watch: Stopwatch
) -> None:
    buckets = SharedBuckets(valkey, watch)
    await buckets.take("warm", 1)
    before = scripts_run(valkey_process)
    remaining = [(await buckets.take(KEY, 10_000)).remaining for _ in range(200)]
    assert scripts_run(valkey_process) - before == 2
    assert remaining[:3] == [9_999, 9_998, 9_997]


async def test_what_was_not_spent_within_a_second_goes_back(
    valkey_process: ValkeyServer, valkey: Valkey, watch: Stopwatch
) -> None:
    buckets = SharedBuckets(valkey, watch)
    await buckets.take(KEY, 1_000)
    assert stored(valkey_process, valkey) == 990
    watch.s += 1.0
    await buckets.take(KEY, 1_000)
    assert stored(valkey_process, valkey) == pytest.approx(990, abs=1)


async def test_a_refusal_is_remembered_until_the_next_token_is_there(
    valkey_process: ValkeyServer, valkey: Valkey, watch: Stopwatch
) -> None:
    buckets = SharedBuckets(valkey, watch)
    assert (await buckets.take(KEY, 1)).allowed
    refused = await buckets.take(KEY, 1)
    assert (refused.allowed, refused.remaining) == (False, 0)
    assert 58 <= refused.reset_s <= 60
    before = scripts_run(valkey_process)
    for _ in range(50):
        assert not (await buckets.take(KEY, 1)).allowed
    assert scripts_run(valkey_process) == before
    watch.s += 60
    await buckets.take(KEY, 1)
    assert scripts_run(valkey_process) == before + 1


async def test_a_bucket_is_forgotten_when_it_would_be_full_again(
    valkey_process: ValkeyServer, valkey: Valkey, watch: Stopwatch
) -> None:
    await SharedBuckets(valkey, watch).take(KEY, 60)
    left_ms: Any = valkey_process.client().pttl(f"{valkey.prefix}:limit:{KEY}")
    assert 0 < left_ms <= 60_000


@pytest.mark.parametrize("fault", ["kill", "freeze"])
async def test_without_valkey_each_process_counts_alone_and_comes_back_by_itself(
    valkey_process: ValkeyServer, valkey: Valkey, watch: Stopwatch, fault: str
) -> None:
    buckets = SharedBuckets(valkey, watch)
    assert (await buckets.take(KEY, 2)).remaining == 1
    getattr(valkey_process, fault)()
    counted = value_of(RATE_LIMIT_FALLBACKS)
    failures = value_of(VALKEY_FAILURES)
    alone = [await buckets.take(KEY, 2) for _ in range(3)]
    assert [decision.allowed for decision in alone] == [True, True, False]
    assert value_of(RATE_LIMIT_FALLBACKS) - counted == 3
    assert value_of(VALKEY_FAILURES) - failures == 1  # nobody asked twice

    if fault == "kill":
        valkey_process.start()
    else:
        valkey_process.thaw()
    watch.s += PAUSE_S
    assert (await buckets.take("usr_2", 2)).allowed
    assert value_of(RATE_LIMIT_FALLBACKS) - counted == 3
