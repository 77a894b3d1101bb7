"""Token buckets: how many requests a caller may make, and when it may make the next.

A bucket of rate r per minute holds r tokens and fills steadily; a request takes one. Buckets live
in this process, the least recently used are forgotten beyond a bound.
"""

import math
from collections import OrderedDict
from dataclasses import dataclass

MAX_BUCKETS = 100_000
_ROUNDING = 1e-6
"""Of a token that came while time passed: whoever waits as long as it was told shall find one."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a request may pass, and what its bucket holds then."""

    allowed: bool
    limit: int
    remaining: int
    reset_s: int
    """Seconds until the bucket is full again; when refused, until one token is there."""
    policy: str
    """Name of the limit."""


class TokenBuckets:
    """Buckets by key. Not for several threads; within one event loop each call is atomic."""

    def __init__(self, max_buckets: int = MAX_BUCKETS) -> None:
        self._max = max_buckets
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str, per_minute: int, now_s: float, policy: str = "") -> Decision:
        """Take one token of `key`'s bucket at the monotonic time `now_s`."""
        rate = per_minute / 60
        tokens, since_s = self._buckets.pop(key, (float(per_minute), now_s))
        tokens = min(per_minute, tokens + (now_s - since_s) * rate)
        allowed = tokens >= 1 - _ROUNDING
        if allowed:
            tokens -= 1
        self._buckets[key] = (tokens, now_s)
        if len(self._buckets) > self._max:
            self._buckets.popitem(last=False)
        wait_s = (per_minute - tokens) / rate if allowed else (1 - tokens) / rate
        return Decision(allowed, per_minute, int(tokens), math.ceil(wait_s), policy)
