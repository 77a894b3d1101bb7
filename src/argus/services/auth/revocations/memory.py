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
    """Values by key; the least recently used are forgotten beyond `most`.

    While the feed is not current nothing is recalled: what changed might not have been heard of.
    """

    def __init__(self, feed: RevocationFeed, clock: Clock, most: int) -> None:
        self._feed, self._clock, self._most = feed, clock, most
        self._known: OrderedDict[K, tuple[int, V, tuple[bytes, ...], datetime]] = OrderedDict()

    @property
    def sequence(self) -> int:
        """Of the feed: read it before what is going to be remembered is read."""
        return self._feed.sequence

    def recall(self, key: K) -> V | None:
        """The value, if it still holds."""
        known = self._known.get(key)
        if known is None or not self._feed.is_current:
            return None
        sequence, value, rests_on, until = known
        if until <= self._clock.now() or self._feed.changed_after(sequence, rests_on):
            del self._known[key]
            return None
        self._known.move_to_end(key)
        return value

    def remember(
        self, key: K, value: V, *, sequence: int, rests_on: tuple[bytes, ...], until: datetime
    ) -> None:
        """Keep a value, read after `sequence`, until one of `rests_on` (`keys_of`) changes."""
        self._known[key] = sequence, value, rests_on, until
        if len(self._known) > self._most:
            self._known.popitem(last=False)
