"""What has been revoked, as the feed tells it. Pure: messages go in, answers come out.

A revocation is filed under an opaque key: 16 bytes of SHA-256 over the subject's UUID and the
organization that it is limited to (zeros: everywhere), with the epoch at which it was made. A token
says at which epoch it was issued, and is dead if one of its keys has a later one.
"""

import base64
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any, cast
from uuid import UUID, uuid5

FORGET_AFTER_S = 2 * 3600
"""No access token lives longer than an hour, so no older revocation concerns one."""

_EVERYWHERE = bytes(16)
_CLIENTS = UUID("2486256d-8ce7-443d-a259-14576793c2e1")
_SIGNING_KEYS = UUID("9c0f2a61-6a4e-4c43-8d0f-54cbb1f6a0c7")
_TOUCHED = UUID("6d2c2a5e-4b0f-4a57-9c53-8c1f3f2a7e10")
_MAX_KEPT_WITHOUT_LOOK = 10_000


class FeedBroken(Exception):
    """The messages are not of one unbroken stream: begin again where it was whole."""


@dataclass(frozen=True, slots=True)
class FeedMessage:
    """One message of `GET /api/v1/auth/revocations`."""

    stream: str
    """The instance that tells; sequences of two streams say nothing of each other."""
    sequence: int
    """Of the latest change that this message or one before it contains."""
    after: int
    """Of the latest change that the message before it contained; of a snapshot, how many changes of
    it the messages before contained.
    """
    as_of: float
    """When everything that had been revoked until then was told; seconds since the epoch."""
    changes: Sequence[tuple[bytes, int]] = ()
    is_snapshot: bool = False
    has_more: bool = False
    """Of a snapshot: further parts follow."""


def parse_message(document: object) -> FeedMessage:
    """The message in the JSON of one server-sent event.

    Raises:
        FeedBroken: this is none.
    """
    try:
        fields = cast("dict[str, Any]", document)
        sequence, changes = int(fields["sequence"]), fields.get("changes") or ()
        return FeedMessage(
            stream=str(fields["stream"]),
            sequence=sequence,
            after=int(fields.get("after", 0 if changes else sequence)),
            as_of=datetime.fromisoformat(fields["as_of"]).timestamp(),
            changes=[(_key(key), int(epoch)) for key, epoch in changes],
            is_snapshot=bool(fields.get("snapshot")),
            has_more=bool(fields.get("more")),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise FeedBroken(f"a message of another form: {error}") from None


class RevocationPicture:
    """Built from messages by one thread, read by all.

    Nothing here is ever wrong for being late, doubled or reordered: the later epoch of a key wins,
    and a message that is missing in between raises `FeedBroken`. How old the picture is counts from
    the moment that the feed says it is of, so that a feed that lags is as bad as one that is cut.
    The first message of a connection counts as of when it was asked for: nobody knows how long it
    was on its way.
    """

    def __init__(self, staleness_bound_s: float) -> None:
        self._bound_s = staleness_bound_s
        self._epochs: dict[bytes, int] = {}
        self._noted: dict[bytes, tuple[int, float]] = {}
        """Version and time at which a key last changed here; the oldest first."""
        self._horizon = 0
        self._parts: dict[bytes, int] | None = None
        self._asked_at = self._least_offset = math.inf
        self.stream = ""
        self.sequence = 0
        self.version = 0
        """Grows with every change of the picture."""
        self.trusted_until = -math.inf
        """On the clock of `apply`. After this nothing may be decided by the picture."""

    def begin(self, asked_at: float) -> None:
        """A new connection was asked for then, on the clock of `apply`: how far the clocks are
        apart is measured anew.
        """
        self._parts, self._asked_at, self._least_offset = None, asked_at, math.inf

    def apply(self, message: FeedMessage, now: float) -> None:
        """Take in the next message, which came at `now` on a monotonic clock.

        Raises:
            FeedBroken: something is missing before it; or the feed lags by half of the bound, and
                a new connection may be better.
        """
        if message.is_snapshot:
            if self._is_past(message):
                return
            self._take_part(message)
            if message.has_more:
                return
        elif message.stream != self.stream or message.after > self.sequence:
            raise FeedBroken("a message is missing before this one")
        else:
            self._merge(message.changes, now)
            self.sequence = max(self.sequence, message.sequence)
        came_at = self._asked_at if self._least_offset == math.inf else now
        self._least_offset = min(self._least_offset, came_at - message.as_of)
        trusted_until = message.as_of + self._least_offset + self._bound_s
        self.trusted_until = max(self.trusted_until, trusted_until)
        if self.trusted_until - now < self._bound_s / 2:
            raise FeedBroken("what the feed tells is old")

    def is_dead(self, epoch: int, keys: Iterable[bytes]) -> bool:
        """Whether a token of that epoch has been revoked under one of these keys."""
        epochs = self._epochs
        return any(epochs.get(key, -1) > epoch for key in keys)

    def changed_since(self, version: int, keys: Iterable[bytes]) -> bool:
        """Whether what was known at that version of these keys may be different now."""
        noted = self._noted
        return version < self._horizon or any(
            (entry := noted.get(key)) is not None and entry[0] > version for key in keys
        )

    def _is_past(self, message: FeedMessage) -> bool:
        """Whether a snapshot came late: it lacks what the picture has."""
        return message.stream == self.stream and message.sequence < self.sequence

    def _take_part(self, message: FeedMessage) -> None:
        if self._parts is None:
            self._parts = {}
        if message.after > len(self._parts):
            raise FeedBroken("a part of the snapshot is missing before this one")
        self._parts.update(message.changes)
        if message.has_more:
            return
        # Whatever is not in it was forgotten by the platform, because no token remembers it.
        self._epochs, self._noted, self._parts = self._parts, {}, None
        self.stream, self.sequence = message.stream, message.sequence
        self._horizon = self.version = self.version + 1

    def _merge(self, changes: Iterable[tuple[bytes, int]], now: float) -> None:
        version = self.version + 1
        news = [(key, epoch) for key, epoch in changes if self._epochs.get(key, -1) < epoch]
        for key, epoch in news:
            self._epochs[key] = epoch
            self._noted.pop(key, None)
            self._noted[key] = (version, now)
        if news:
            self.version = version  # after its content: who sees it sees that
            self._forget(now)

    def _forget(self, now: float) -> None:
        if len(self._noted) < _MAX_KEPT_WITHOUT_LOOK:
            return
        while self._noted:
            key = next(iter(self._noted))
            version, noted_at = self._noted[key]
            if now - noted_at < FORGET_AFTER_S:
                return
            del self._noted[key], self._epochs[key]
            self._horizon = version


def keys_of(subjects: Iterable[bytes], organization: bytes) -> tuple[bytes, ...]:
    """Under which keys a revocation of one of the subjects may be filed, for that organization."""
    return tuple(
        sha256(subject + within).digest()[:16]
        for subject in subjects
        for within in (_EVERYWHERE, organization)
    )


@lru_cache(1024)
def keys_of_issuing(organization: bytes, client_id: str, key_id: str) -> tuple[bytes, ...]:
    """The keys that many tokens share: of their organization, client and signing key."""
    subjects = (organization, _named(_CLIENTS, client_id), _named(_SIGNING_KEYS, key_id))
    return keys_of(subjects, organization)


def keys_of_answer(subjects: Iterable[bytes], organization: bytes) -> tuple[bytes, ...]:
    """Under which keys it may be told that an answer about them is not current any more: they were
    revoked, or touched, which ends no token.
    """
    subjects = (*subjects, organization)
    touched = [_named(_TOUCHED, subject.hex()) for subject in subjects]
    return keys_of((*subjects, *touched), organization)


def _named(namespace: UUID, name: str) -> bytes:
    """As what something is revoked whose id is a text, or that only is touched."""
    return uuid5(namespace, name).bytes


def _key(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
