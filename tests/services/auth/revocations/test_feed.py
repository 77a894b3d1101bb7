"""Two replicas on one database: what one revokes the other knows, or it knows that it does not."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest
from psycopg import AsyncConnection
from structlog.testing import capture_logs

from argus.kernel.db.unit_of_work import Database, make_engine
from argus.kernel.ids import OrganizationId, new_id
from argus.kernel.principal import system
from argus.services.auth.revocations import feed
from argus.services.auth.revocations.feed import (
    CURRENT_S,
    HEARTBEAT_S,
    PRUNE_S,
    UNASKED_S,
    RevocationFeed,
    longest_rest_s,
)
from argus.services.auth.revocations.picture import keys_of
from argus.services.auth.revocations.repository import Revocations, touched
from support.platform import NOW, TestPlatform
from support.wire import Wire, becomes, wire

BOUND = timedelta(minutes=1)
RETENTION = timedelta(minutes=61)
ORGANIZATION = OrganizationId(UUID(int=7))


class Seconds:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True)
class Replica:
    """A feed whose way to the database a test controls, beside the platform that revokes."""

    platform: TestPlatform
    feed: RevocationFeed
    wire: Wire
    seconds: Seconds

    async def revoke(self, *subjects: UUID) -> None:
        """On the other replica."""
        async with self.platform.unit_of_work("auth", system("auth")) as uow:
            for subject in subjects:
                await Revocations(uow).revoke(subject, NOW)

    def knows(self, subject: UUID) -> bool:
        return self.feed.revoked_after(0, [subject], ORGANIZATION)


@asynccontextmanager
async def following(
    platform: TestPlatform,
    database_class: type[Database] = Database,
    bound: timedelta = BOUND,
) -> AsyncGenerator[Replica]:
    url = platform.modules["auth"].database.url
    assert url.host is not None
    async with wire(url.host, url.port or 5432) as proxy:
        url = url.set(host="127.0.0.1", port=proxy.port)
        database = database_class("auth", url, platform.clock, make_engine("auth", url, 1))
        seconds = Seconds()
        feed = RevocationFeed(
            database,
            platform.clock,
            retention=RETENTION,
            staleness_bound=bound,
            stopping=asyncio.Event(),
            monotonic=seconds,
        )
        async with feed.running():
            yield Replica(platform, feed, proxy, seconds)
        await database.close()


@pytest.fixture
async def replica(platform: TestPlatform) -> AsyncGenerator[Replica]:
    async with following(platform) as replica:
        await becomes(lambda: replica.feed.is_current)
        yield replica


async def test_what_was_revoked_before_it_started_is_known(platform: TestPlatform) -> None:
    subject = new_id()
    async with platform.unit_of_work("auth", system("auth")) as uow:
        await Revocations(uow).end([subject], NOW)
    async with following(platform) as replica:
        assert not replica.feed.is_current
        assert not replica.feed.is_usable
        await becomes(lambda: replica.feed.is_current)
        assert replica.knows(subject)
        assert replica.feed.as_of == NOW


async def test_a_revocation_reaches_the_other_replica(replica: Replica) -> None:
    subject, other = new_id(), new_id()
    answered = replica.feed.sequence
    await replica.revoke(subject)
    await becomes(lambda: replica.knows(subject))
    assert replica.feed.changed_after(answered, keys_of([subject], ORGANIZATION))
    assert not replica.feed.changed_after(answered, keys_of([other], ORGANIZATION))


async def test_what_one_person_revokes_at_once_arrives_whole(replica: Replica) -> None:
    subjects = [new_id() for _ in range(200)]
    async with replica.platform.unit_of_work("auth", system("auth")) as uow:
        await Revocations(uow).end(subjects, NOW)
    await becomes(lambda: all(replica.knows(subject) for subject in subjects))


async def test_the_replica_that_revokes_knows_before_it_answers(platform: TestPlatform) -> None:
    feed = platform.modules["auth"].resources.get(RevocationFeed)
    await becomes(lambda: feed.is_current)
    subject = new_id()
    async with platform.unit_of_work("auth", system("auth")) as uow:
        await Revocations(uow).revoke(subject, NOW)
        assert not feed.revoked_after(0, [subject], ORGANIZATION)
    assert feed.revoked_after(0, [subject], ORGANIZATION)


async def test_what_was_rolled_back_was_never_revoked(platform: TestPlatform) -> None:
    feed = platform.modules["auth"].resources.get(RevocationFeed)
    undone, done = new_id(), new_id()
    async with platform.unit_of_work("auth", system("auth")) as uow:
        await Revocations(uow).revoke(undone, NOW)
        await uow.session.rollback()
        await Revocations(uow).revoke(done, NOW)
    assert feed.revoked_after(0, [done], ORGANIZATION)
    assert not feed.revoked_after(0, [undone], ORGANIZATION)


async def test_a_touch_ends_no_token_and_changes_what_is_remembered(replica: Replica) -> None:
    subject, answered = new_id(), replica.feed.sequence
    async with replica.platform.unit_of_work("auth", system("auth")) as uow:
        await Revocations(uow).touch(subject, NOW)
    await becomes(
        lambda: replica.feed.changed_after(answered, keys_of([touched(subject)], ORGANIZATION))
    )
    assert not replica.knows(subject)


async def test_a_cut_shows_and_what_was_revoked_meanwhile_is_known_after_it(
    replica: Replica,
) -> None:
    missed, answered = new_id(), replica.feed.sequence
    replica.wire.cut()
    replica.seconds.now += CURRENT_S * 1.5
    assert not replica.feed.is_current
    await replica.revoke(missed)
    assert not replica.knows(missed)
    replica.wire.mend()
    await becomes(lambda: replica.feed.is_current)
    assert replica.knows(missed)
    assert replica.feed.changed_after(answered, keys_of([missed], ORGANIZATION))


async def test_a_connection_on_which_nothing_comes_is_not_trusted(replica: Replica) -> None:
    """Nobody says that it is dead: only the heartbeat that stays away tells."""
    late = new_id()
    replica.wire.hold()
    replica.seconds.now += CURRENT_S * 1.5
    await replica.revoke(late)
    assert not replica.feed.is_current
    assert not replica.knows(late)
    replica.wire.release()
    await becomes(lambda: replica.feed.is_current)
    assert replica.knows(late)


async def test_an_unreachable_database_is_waited_for_until_the_bound(replica: Replica) -> None:
    replica.wire.cut()
    replica.seconds.now += BOUND.total_seconds() - 1
    assert replica.feed.is_usable
    replica.seconds.now += 2
    assert not replica.feed.is_usable
    replica.wire.mend()
    await becomes(lambda: replica.feed.is_usable and replica.feed.is_current)


async def test_after_a_silence_longer_than_revocations_are_kept_nothing_remembered_counts(
    replica: Replica,
) -> None:
    answered = replica.feed.sequence
    replica.wire.cut()
    replica.seconds.now += RETENTION.total_seconds() + 1
    replica.wire.mend()
    await becomes(lambda: replica.feed.is_current)
    assert replica.feed.changed_after(answered, keys_of([new_id()], ORGANIZATION))


async def test_the_picture_forgets_what_no_token_can_die_of_any_more(replica: Replica) -> None:
    subject = new_id()
    await replica.revoke(subject)
    await becomes(lambda: replica.knows(subject))
    answered = replica.feed.sequence
    replica.seconds.now += RETENTION.total_seconds() + 1
    await becomes(lambda: replica.feed.is_current and not replica.knows(subject))
    assert not replica.feed.changed_after(answered, keys_of([subject], ORGANIZATION))
    assert replica.feed.since(0) is None


@pytest.fixture
async def resting(
    platform: TestPlatform, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[Replica]:
    """A replica whose feed nobody has asked while another, which was asked, beat five times."""
    monkeypatch.setattr(feed, "HEARTBEAT_S", 0.01)
    monkeypatch.setattr(feed, "PRUNE_S", 3600.0)  # nothing else wakes it before the test ends
    async with (
        following(platform, bound=timedelta(hours=2)) as replica,
        following(platform) as asked,
    ):
        await becomes(lambda: replica.feed.is_current)
        replica.seconds.now += UNASKED_S + 1
        for _ in range(5):
            asked.seconds.now += CURRENT_S * 2
            await becomes(lambda: asked.feed.is_current)
        yield replica


async def test_a_feed_that_nobody_asks_rests_until_the_next_question(resting: Replica) -> None:
    assert resting.feed.staleness_s > UNASKED_S
    assert not resting.feed.is_current
    await becomes(lambda: resting.feed.is_current)


async def test_a_feed_that_rests_hears_what_is_revoked(resting: Replica) -> None:
    subject = new_id()
    await resting.revoke(subject)
    await becomes(lambda: resting.knows(subject))


async def test_a_feed_that_rests_beats_for_whoever_waits_for_it(resting: Replica) -> None:
    assert await resting.feed.becomes_current()


async def test_a_feed_that_rests_beats_while_somebody_waits_for_news(resting: Replica) -> None:
    await resting.feed.news(0.01)
    await becomes(lambda: resting.feed.staleness_s < UNASKED_S)


async def test_a_feed_that_rests_notices_the_end_of_its_connection(resting: Replica) -> None:
    with capture_logs() as logs:
        resting.wire.cut()
        await becomes(lambda: bool(logs))
    resting.wire.mend()
    await becomes(lambda: resting.feed.is_current)


@pytest.mark.parametrize("bound_s", [6, 60, 900])
def test_half_of_the_bound_is_left_when_an_outage_ends_a_rest(bound_s: int) -> None:
    rest_s = longest_rest_s(bound_s)
    assert CURRENT_S + HEARTBEAT_S + rest_s + CURRENT_S <= bound_s / 2
    assert HEARTBEAT_S <= rest_s <= PRUNE_S


class _Resetting(AsyncConnection):
    """As behind a pooler in transaction mode: each statement finds a session without state."""

    async def execute(self, *arguments: object, **options: object) -> object:  # type: ignore[override]
        await super().execute("unlisten *")
        return await super().execute(*arguments, **options)  # type: ignore[arg-type]


class _Pooled(Database):
    async def connect(self) -> AsyncConnection:
        return await _Resetting.connect(self.conninfo, autocommit=True, connect_timeout=5)


async def test_a_pooler_that_loses_the_subscription_is_never_trusted(
    platform: TestPlatform,
) -> None:
    with capture_logs() as logs:
        async with following(platform, _Pooled) as replica:
            await becomes(lambda: bool(logs))
            assert not replica.feed.is_usable
    assert "pooler" in logs[0]["error"]


class _Mute(AsyncConnection):
    """It stands, and nothing comes over it: nobody says that the other end is gone."""

    async def execute(self, *arguments: object, **options: object) -> object:  # type: ignore[override]
        await asyncio.Event().wait()


class _MuteAtFirst(Database):
    connections = 0

    async def connect(self) -> AsyncConnection:
        self.connections += 1
        kind = _Mute if self.connections == 1 else AsyncConnection
        return await kind.connect(self.conninfo, autocommit=True, connect_timeout=5)


async def test_a_connection_over_which_nothing_was_read_is_given_up(
    platform: TestPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "READ_S", 0.1)
    with capture_logs() as logs:
        async with following(platform, _MuteAtFirst) as replica:
            await becomes(lambda: bool(logs))
            monkeypatch.setattr(feed, "READ_S", 30.0)  # the next have time
            await becomes(lambda: replica.feed.is_current)
