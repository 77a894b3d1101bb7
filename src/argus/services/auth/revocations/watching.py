"""The feed as others follow it: a snapshot or what they missed, then changes, and heartbeats."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from argus.kernel.clock import Clock
from argus.kernel.errors import Unauthenticated, Unavailable
from argus.kernel.ids import MalformedId, OrganizationId, parse_id
from argus.kernel.principal import Principal
from argus.services.auth.revocations.feed import RevocationFeed
from argus.services.auth.revocations.picture import EVERYWHERE, Change, keys_of
from argus.services.auth.revocations.repository import client_subject, touched

HEARTBEAT_S = 1.0
PART = 1000
"""At most so many changes are in one message."""


@dataclass(frozen=True)
class Position:
    """Up to where a watcher knows the stream of one instance; the default: nothing yet."""

    stream: str = ""
    sequence: int = 0


@dataclass(frozen=True)
class News:
    """One message. A watcher whose sequence is not `after` has missed some."""

    stream: str
    sequence: int
    after: int
    """What was told before: a sequence; of a snapshot, how many changes of it."""
    as_of: datetime
    """What was revoked until then has been told, once no more parts follow."""
    changes: Sequence[Change]
    is_snapshot: bool
    has_more: bool


async def watch(
    feed: RevocationFeed, clock: Clock, principal: Principal, position: Position
) -> AsyncGenerator[News]:
    """Tell all changes after `position`, or everything where it is of another instance or too long
    ago; then each change as it happens, and at least each `HEARTBEAT_S` how current that is. Ends
    when the process is to stop.

    Raises:
        Unavailable: this instance is not current itself. One that was when the watcher came goes on
            and says so: its `as_of` stands still.
        Unauthenticated: the watcher's own credential has ended, or what it may do has changed.
    """
    if not await feed.becomes_current():
        raise Unavailable("this instance does not know the latest revocations itself")
    own, admitted = keys_of_principal(principal), feed.sequence
    known = position.sequence if position.stream == feed.stream else -1
    while not feed.stopping.is_set():
        if feed.changed_after(admitted, own) or _has_expired(principal, clock):
            raise Unauthenticated("the credential has ended or changed: present one anew")
        sequence, messages = feed.sequence, _news(feed, known)
        for message in messages:
            yield message
        known = sequence
        if feed.sequence == sequence:
            await feed.news(HEARTBEAT_S)


def keys_of_principal(principal: Principal) -> tuple[bytes, ...]:
    """All keys of which one ends or changes what this caller may do."""
    names = (principal.id, principal.credential, *principal.actors)
    subjects = [subject for name in names if (subject := _subject(name)) is not None]
    if principal.client_id:
        subjects.append(client_subject(principal.client_id))
    if principal.organization_id is not None:
        subjects.append(principal.organization_id)
    within = principal.organization_id or OrganizationId(EVERYWHERE)
    return keys_of([*subjects, *map(touched, subjects)], within)


def _news(feed: RevocationFeed, known: int) -> list[News]:
    assert feed.as_of is not None  # it was current once
    changes = feed.since(known)
    is_snapshot = changes is None or len(changes) > PART
    if changes is None or is_snapshot:
        changes = feed.snapshot()
    starts = range(0, max(len(changes), 1), PART)
    return [
        News(
            stream=feed.stream,
            sequence=feed.sequence,
            after=start if is_snapshot else known,
            as_of=feed.as_of,
            changes=changes[start : start + PART],
            is_snapshot=is_snapshot,
            has_more=start != starts[-1],
        )
        for start in starts
    ]


def _subject(name: str) -> UUID | None:
    """The UUID in a public id, or in the `jti` of a token that belongs to no session."""
    try:
        return parse_id(name.rpartition("_")[0], name) if "_" in name else UUID(name)
    except (MalformedId, ValueError):
        return None


def _has_expired(principal: Principal, clock: Clock) -> bool:
    return principal.expires_at is not None and principal.expires_at <= clock.now()
