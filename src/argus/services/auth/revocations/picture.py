"""What has been revoked, in memory: a pure structure that no order or repetition of news confuses.

Keys are opaque: 128 bits of SHA-256 over a subject and where it was revoked, so that whoever
follows the feed learns no other organization's ids.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from argus.kernel.ids import OrganizationId

EVERYWHERE = UUID(int=0)

Change = tuple[bytes, int]
"""A key and the epoch of its latest revocation."""


def key_of(subject: UUID, within: UUID = EVERYWHERE) -> bytes:
    """The opaque name, 16 bytes, under which a revocation of `subject` is told."""
    return hashlib.sha256(subject.bytes + within.bytes).digest()[:16]


def keys_of(subjects: Iterable[UUID], organization_id: OrganizationId) -> tuple[bytes, ...]:
    """All keys of which one ends what these subjects may do in the organization."""
    return tuple(
        key_of(subject, within) for subject in subjects for within in (EVERYWHERE, organization_id)
    )


@dataclass(frozen=True, slots=True)
class _Entry:
    epoch: int
    sequence: int
    noted_at: float


class Picture:
    """Epochs by key, numbered in the order in which they were learnt here.

    The greatest epoch of a key wins, so news may come twice, late, or in any order. Times are of
    one monotonic clock, in seconds.
    """

    def __init__(self) -> None:
        self._entries: dict[bytes, _Entry] = {}  # by sequence, ascending
        self.sequence = 0
        """Of the latest change; grows by one with each call that changed anything."""
        self.horizon = 0
        """What changed up to here may have been forgotten since."""

    def __len__(self) -> int:
        return len(self._entries)

    def merge(self, changes: Iterable[Change], now: float) -> bool:
        """Take in what was heard; whether any of it was new."""
        entries, sequence = self._entries, self.sequence + 1
        for key, epoch in changes:
            known = entries.get(key)
            if known is None or known.epoch < epoch:
                entries.pop(key, None)
                entries[key] = _Entry(epoch, sequence, now)
                self.sequence = sequence
        return self.sequence == sequence

    def changed_after(self, sequence: int, keys: Iterable[bytes]) -> bool:
        """Whether one of `keys` changed after `sequence`, or may have."""
        if sequence == self.sequence:
            return False
        if sequence < self.horizon:
            return True
        entries = self._entries
        return any(
            (entry := entries.get(key)) is not None and entry.sequence > sequence for key in keys
        )

    def revoked_after(self, epoch: int, keys: Iterable[bytes]) -> bool:
        """Whether one of `keys` was revoked after `epoch`."""
        entries = self._entries
        return any((entry := entries.get(key)) is not None and entry.epoch > epoch for key in keys)

    def since(self, sequence: int) -> Sequence[Change] | None:
        """What changed after `sequence`, oldest first; None if that is not known any more."""
        if not self.horizon <= sequence <= self.sequence:
            return None
        changes: list[Change] = []
        for key in reversed(self._entries):
            entry = self._entries[key]
            if entry.sequence <= sequence:
                break
            changes.append((key, entry.epoch))
        changes.reverse()
        return changes

    def everything(self) -> Sequence[Change]:
        """All that is known."""
        return [(key, entry.epoch) for key, entry in self._entries.items()]

    def forget(self, noted_before: float) -> None:
        """Drop what was noted before then: no token that it concerns is alive."""
        for key, entry in list(self._entries.items()):
            if entry.noted_at >= noted_before:
                break
            del self._entries[key]
            self.horizon = entry.sequence

    def distrust(self) -> None:
        """Count everything that was learnt so far as possibly changed."""
        self.sequence += 1
        self.horizon = self.sequence
