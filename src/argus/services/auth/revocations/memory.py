"""What a process remembers for as long as nothing that it rests on changes."""

from collections import OrderedDict
from collections.abc import Hashable
from datetime import datetime
from typing import Generic, TypeVar

from argus.kernel.clock import Clock
from argus.services.auth.revocations.feed import RevocationFeed

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Memory(Generic[K, V]):
    """Values by key, as far as the feed has heard; the least recently used are forgotten beyond
    `most`.

    Whoever must not miss a change recalls only while the feed is current.
    """

    def __init__(self, feed: RevocationFeed, clock: Clock, most: int) -> None:
        self._feed, self._clock, self._most = feed, clock, most
        self._known: OrderedDict[K, tuple[int, V, tuple[bytes, ...], datetime | None]] = (
            OrderedDict()
        )

    def __len__(self) -> int:
        return len(self._known)

    def recall(self, key: K) -> V | None:
        """The value, if this process has heard of nothing that ended it."""
        known = self._known.get(key)
        if known is None:
            return None
        sequence, value, rests_on, until = known
        if until is not None and until <= self._clock.now():
            del self._known[key]
            return None
        if sequence != self._feed.sequence:
            if self._feed.changed_after(sequence, rests_on):
                del self._known[key]
                return None
            self._known[key] = self._feed.sequence, value, rests_on, until
        self._known.move_to_end(key)
        return value

    def remember(
        self,
        key: K,
        value: V,
        *,
        sequence: int,
        rests_on: tuple[bytes, ...],
        until: datetime | None = None,
    ) -> None:
        """Keep a value until one of `rests_on` (`keys_of`) changes.

        `sequence` is where the feed stood before the value was read.
        """
        self._known[key] = sequence, value, rests_on, until
        if len(self._known) > self._most:
            self._known.popitem(last=False)
