"""Whoever follows the feed misses nothing, or is told that they did."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from argus.kernel.errors import Unauthenticated, Unavailable
from argus.kernel.ids import OrganizationId, format_id, new_id
from argus.kernel.principal import AuthenticationMethod, Principal, PrincipalKind, system
from argus.services.auth.revocations import watching
from argus.services.auth.revocations.feed import RevocationFeed
from argus.services.auth.revocations.picture import key_of
from argus.services.auth.revocations.repository import Revocations, client_subject
from argus.services.auth.revocations.watching import PART, News, Position, watch
from support.platform import NOW, TestPlatform

SYSTEM = system("billing")


@pytest.fixture
async def feed(platform: TestPlatform, vouching: None) -> RevocationFeed:
    return platform.modules["auth"].resources.get(RevocationFeed)


@asynccontextmanager
async def watching_(
    platform: TestPlatform,
    feed: RevocationFeed,
    principal: Principal = SYSTEM,
    position: Position | None = None,
) -> AsyncGenerator[AsyncGenerator[News]]:
    async with aclosing(watch(feed, platform.clock, principal, position or Position())) as news:
        yield news


async def revoke(platform: TestPlatform, *subjects: UUID) -> None:
    async with platform.unit_of_work("auth", system("auth")) as uow:
        for subject in subjects:
            await Revocations(uow).revoke(subject, NOW)


async def test_a_watcher_gets_everything_and_then_what_happens(
    platform: TestPlatform, feed: RevocationFeed
) -> None:
    before, after = new_id(), new_id()
    await revoke(platform, before)
    async with watching_(platform, feed) as news:
        first = await anext(news)
        assert first.is_snapshot
        assert key_of(before) in dict(first.changes)
        await revoke(platform, after)
        second = await anext(news)
    assert not second.is_snapshot
    assert [key for key, _ in second.changes] == [key_of(after)]
    assert (second.after, second.as_of) == (first.sequence, NOW)


async def test_a_heartbeat_comes_when_nothing_happens(
    platform: TestPlatform, feed: RevocationFeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "HEARTBEAT_S", 0.01)
    async with watching_(platform, feed) as news:
        first = await anext(news)
        heartbeat = await anext(news)
    assert not heartbeat.changes
    assert heartbeat.after == heartbeat.sequence == first.sequence


async def test_whoever_comes_back_gets_what_was_missed(
    platform: TestPlatform, feed: RevocationFeed
) -> None:
    missed = new_id()
    known = Position(feed.stream, feed.sequence)
    await revoke(platform, missed)
    async with watching_(platform, feed, position=known) as news:
        first = await anext(news)
    assert not first.is_snapshot
    assert [key for key, _ in first.changes] == [key_of(missed)]
    assert (first.after, first.sequence) == (known.sequence, feed.sequence)


async def test_what_another_instance_told_says_nothing_here(
    platform: TestPlatform, feed: RevocationFeed
) -> None:
    for position in (Position("another", feed.sequence), Position(feed.stream, 10**6)):
        async with watching_(platform, feed, position=position) as news:
            assert (await anext(news)).is_snapshot


async def test_a_large_snapshot_comes_in_parts(
    platform: TestPlatform, feed: RevocationFeed
) -> None:
    subjects = [new_id() for _ in range(PART * 2 + 1)]
    async with platform.unit_of_work("auth", system("auth")) as uow:
        await Revocations(uow).end(subjects, NOW)
    async with watching_(platform, feed) as news:
        parts = [await anext(news)]
        while parts[-1].has_more:
            parts.append(await anext(news))
    assert len(parts) == 3
    assert {key for part in parts for key, _ in part.changes} >= set(map(key_of, subjects))
    assert {part.sequence for part in parts} == {feed.sequence}
    assert [part.after for part in parts] == [0, PART, PART * 2]


async def test_whoever_follows_is_let_go_when_the_process_stops(
    platform: TestPlatform, feed: RevocationFeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "HEARTBEAT_S", 0.01)
    async with watching_(platform, feed) as news:
        await anext(news)
        platform.composition.stopping.set()
        assert [told async for told in news] == []


async def test_a_feed_that_was_not_read_yet_tells_nothing(platform: TestPlatform) -> None:
    unread = RevocationFeed(
        platform.modules["auth"].database,
        platform.clock,
        retention=timedelta(hours=1),
        staleness_bound=timedelta(minutes=1),
        stopping=asyncio.Event(),
    )
    async with watching_(platform, unread) as news:
        with pytest.raises(Unavailable):
            await anext(news)


USER, SESSION, KEY, TOKEN, AGENT = (new_id() for _ in range(5))
ORGANIZATION = OrganizationId(new_id())
PERSON = Principal(
    PrincipalKind.USER,
    format_id("usr", USER),
    ORGANIZATION,
    method=AuthenticationMethod.SESSION,
    actors=(format_id("agt", AGENT),),
    client_id="toy",
    credential=format_id("ses", SESSION),
)
MACHINE = Principal(
    PrincipalKind.SERVICE_ACCOUNT,
    format_id("key", KEY),
    ORGANIZATION,
    method=AuthenticationMethod.API_KEY,
    credential=format_id("key", KEY),
)
CLIENT = replace(PERSON, credential=str(TOKEN))


async def test_a_stream_ends_with_the_credential_that_opened_it(
    platform: TestPlatform, feed: RevocationFeed
) -> None:
    own = [
        (PERSON, USER),
        (PERSON, SESSION),
        (PERSON, ORGANIZATION),
        (PERSON, AGENT),
        (PERSON, client_subject("toy")),
        (MACHINE, KEY),
        (CLIENT, TOKEN),
    ]
    for principal, subject in own:
        for change in (Revocations.revoke, Revocations.touch):
            async with watching_(platform, feed, principal) as news:
                await anext(news)
                await revoke(platform, new_id())
                await anext(news)
                async with platform.unit_of_work("auth", system("auth")) as uow:
                    await change(Revocations(uow), subject, NOW)
                with pytest.raises(Unauthenticated):
                    await anext(news)


async def test_a_stream_ends_when_its_credential_expires(
    platform: TestPlatform, feed: RevocationFeed
) -> None:
    short = replace(PERSON, expires_at=NOW + timedelta(minutes=1))
    async with watching_(platform, feed, short) as news:
        await anext(news)
        platform.clock.advance(timedelta(minutes=1))
        with pytest.raises(Unauthenticated):
            await anext(news)
