"""Whatever happens to the stream, no change passes unnoticed."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest

from argus.contracts.auth.v1 import auth_pb2 as pb
from argus.contracts.auth.watcher import CURRENT_S, RevocationWatcher
from argus.kernel.errors import Unavailable
from argus.kernel.patience import alongside
from argus.kernel.rpc.client import Rpc
from support.wire import becomes

KEY, OTHER = b"k" * 16, b"o" * 16
T0 = 1_000_000


class Seconds:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.now = 50.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def watcher(seconds: Seconds) -> RevocationWatcher:
    """One that has heard an empty snapshot."""
    watcher = RevocationWatcher(Rpc(), monotonic=seconds)
    assert watcher.hear(news(sequence=5, snapshot=True))
    return watcher


def news(
    *keys: bytes,
    sequence: int,
    after: int = 0,
    stream: str = "a",
    snapshot: bool = False,
    more: bool = False,
    as_of_s: float = 0,
) -> pb.RevocationNews:
    return pb.RevocationNews(
        stream=stream,
        sequence=sequence,
        after=after,
        as_of_ms=T0 + int(as_of_s * 1000),
        snapshot=snapshot,
        more=more,
        changes=[pb.RevocationChange(key=key, epoch=1) for key in keys],
    )


def test_a_change_after_an_answer_concerns_it_and_one_before_does_not(
    watcher: RevocationWatcher,
) -> None:
    assert watcher.hear(news(KEY, sequence=6, after=5))
    assert watcher.may_have_changed("a", 5, [OTHER, KEY])
    assert not watcher.may_have_changed("a", 5, [OTHER])
    assert not watcher.may_have_changed("a", 6, [KEY])


def test_an_answer_of_another_instance_may_always_have_changed(watcher: RevocationWatcher) -> None:
    assert watcher.may_have_changed("b", 5, [KEY])


def test_a_missing_message_is_noticed(watcher: RevocationWatcher) -> None:
    assert not watcher.hear(news(KEY, sequence=8, after=7))
    assert not watcher.hear(news(sequence=6, after=6))
    assert not watcher.hear(news(KEY, sequence=6, after=5, stream="b"))


def test_doubled_and_late_messages_take_nothing_back(watcher: RevocationWatcher) -> None:
    first, second = news(KEY, sequence=6, after=5), news(KEY, OTHER, sequence=7, after=6)
    for message in (first, second, first, second, first):
        assert watcher.hear(message)
    assert watcher.sequence == 7
    assert watcher.may_have_changed("a", 6, [KEY])
    assert not watcher.may_have_changed("a", 7, [KEY])


def test_a_snapshot_that_comes_late_takes_nothing_back(watcher: RevocationWatcher) -> None:
    assert watcher.hear(news(KEY, sequence=6, after=5))
    assert watcher.hear(news(sequence=5, snapshot=True))
    assert watcher.sequence == 6
    assert watcher.may_have_changed("a", 5, [KEY])


def test_after_a_snapshot_only_answers_that_follow_it_count(watcher: RevocationWatcher) -> None:
    assert watcher.hear(news(KEY, sequence=9, snapshot=True))
    assert watcher.may_have_changed("a", 8, [OTHER])
    assert not watcher.may_have_changed("a", 9, [KEY, OTHER])


def test_what_it_knows_is_as_old_as_the_auth_service_says(
    watcher: RevocationWatcher, seconds: Seconds
) -> None:
    seconds.now += 2
    assert watcher.hear(news(sequence=5, after=5, as_of_s=2))
    assert watcher.staleness_s == 0
    seconds.now += CURRENT_S + 2
    assert watcher.hear(news(sequence=5, after=5, as_of_s=3))
    assert not watcher.is_current, "the message was on its way for four seconds"
    assert watcher.staleness_s == CURRENT_S + 1


def test_a_heart_that_beats_for_the_same_moment_proves_nothing(
    watcher: RevocationWatcher, seconds: Seconds
) -> None:
    for _ in range(5):
        seconds.now += 1
        assert watcher.hear(news(sequence=5, after=5))
    assert watcher.staleness_s == 5


async def test_a_stream_that_lags_is_left_and_as_old_as_its_request(seconds: Seconds) -> None:
    async def is_held_up() -> AsyncGenerator[pb.RevocationNews]:
        seconds.now += CURRENT_S + 1
        yield news(sequence=5, snapshot=True)
        await asyncio.Event().wait()

    async def flows() -> AsyncGenerator[pb.RevocationNews]:
        yield news(sequence=5, after=5)
        await asyncio.Event().wait()

    told, rpc = Told(is_held_up, flows), Rpc()
    rpc.connect({"auth": told})
    watcher = RevocationWatcher(rpc, monotonic=seconds)
    async with alongside(watcher.run()):
        await becomes(lambda: watcher.sequence == 5)
        assert not watcher.is_current
        await becomes(lambda: watcher.is_current)
    assert [asked.sequence for asked in told.asked] == [0, 5]


def test_a_part_of_a_snapshot_vouches_for_nothing_yet(seconds: Seconds) -> None:
    watcher = RevocationWatcher(Rpc(), monotonic=seconds)
    assert watcher.hear(news(sequence=5, snapshot=True, more=True))
    assert not watcher.is_current


class Told:
    """An auth service whose streams a test writes: each is what one connection is told."""

    def __init__(self, *streams: Callable[[], AsyncGenerator[pb.RevocationNews]]) -> None:
        self._streams = iter(streams)
        self.asked: list[pb.WatchRevocationsRequest] = []

    async def call(self, method: Any, request: Any) -> Any:
        raise Unavailable

    def stream(self, method: Any, request: Any) -> AsyncGenerator[Any]:
        self.asked.append(request)
        return next(self._streams)()


async def test_it_begins_again_where_it_was_whenever_the_stream_breaks(seconds: Seconds) -> None:
    async def breaks() -> AsyncGenerator[pb.RevocationNews]:
        yield news(sequence=5, snapshot=True)
        yield news(KEY, sequence=6, after=5)
        raise Unavailable

    async def skips() -> AsyncGenerator[pb.RevocationNews]:
        yield news(sequence=9, after=8)

    async def ends() -> AsyncGenerator[pb.RevocationNews]:
        return
        yield

    async def goes_on() -> AsyncGenerator[pb.RevocationNews]:
        yield news(OTHER, sequence=9, after=6)
        await asyncio.Event().wait()

    told, rpc = Told(breaks, skips, ends, goes_on), Rpc()
    rpc.connect({"auth": told})
    watcher = RevocationWatcher(rpc, monotonic=seconds)
    async with alongside(watcher.run()):
        await becomes(lambda: watcher.sequence == 9)
    assert [(asked.stream, asked.sequence) for asked in told.asked] == [
        ("", 0), ("a", 6), ("a", 6), ("a", 6),
    ]  # fmt: skip
    assert watcher.may_have_changed("a", 6, [OTHER])
