"""API keys that nobody has, so that asking again and again costs the database nothing."""

from collections import OrderedDict
from datetime import datetime, timedelta

from argus.kernel.clock import Clock
from argus.services.auth.revocations.feed import RevocationFeed
from argus.services.auth.revocations.picture import key_of
from argus.services.auth.revocations.repository import IMPORTED_KEYS, touched

LIFE = timedelta(seconds=10)
"""For so long a key that nobody has is not looked up again."""
_MOST = 10_000
_IMPORTS = (key_of(touched(IMPORTED_KEYS)),)


class UnknownKeys:
    """By HMAC. A key that is made later is none of them, because it is random; one that is imported
    may be, so an import ends what is remembered here.
    """

    def __init__(self, feed: RevocationFeed, clock: Clock) -> None:
        self._feed, self._clock = feed, clock
        self._noted: OrderedDict[bytes, tuple[int, datetime]] = OrderedDict()

    def note(self, digest: bytes, sequence: int) -> None:
        """There was no such key when it was looked up, after the feed stood at `sequence`."""
        self._noted[digest] = sequence, self._clock.now() + LIFE
        if len(self._noted) > _MOST:
            self._noted.popitem(last=False)

    def __contains__(self, digest: bytes) -> bool:
        sequence, until = self._noted.get(digest, (0, None))
        if until is None:
            return False
        imported = not self._feed.is_current or self._feed.changed_after(sequence, _IMPORTS)
        if imported or until <= self._clock.now():
            del self._noted[digest]
            return False
        return True
