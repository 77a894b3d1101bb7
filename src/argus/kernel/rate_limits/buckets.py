"""Token buckets: how many requests a caller may make, and when it may make the next.

A bucket of rate r per minute holds r tokens and fills steadily; a request takes one. Buckets live
in this process, the least recently used are forgotten beyond a bound.
"""

import math
from collections import OrderedDict
from typing import NamedTuple

from argus.kernel.errors import RateLimited

MAX_BUCKETS = 100_000
_ROUNDING = 1e-6
"""Of a token that came while time passed: whoever waits as long as it was told shall find one."""


class Decision(NamedTuple):
    """Whether a request may pass, and what its bucket holds then."""

    allowed: bool
    limit: int
    remaining: int
    reset_s: int
    """Seconds until the bucket is full again; when refused, until one token is there."""
    policy: str
    """Name of the limit."""

    def enforce(self) -> None:
        """Let the request pass, or not.

        Raises:
            RateLimited
        """
        if not self.allowed:
            raise RateLimited(f"{self.limit} requests a minute", retry_after_s=self.reset_s)


class TokenBuckets:
    """Buckets by key. Not for several threads; within one event loop each call is atomic."""

    def __init__(self, max_buckets: int = MAX_BUCKETS) -> None:
        self._max = max_buckets
        self._buckets: OrderedDict[str, list[float]] = OrderedDict()
        """Tokens, and when there were so many."""

    def take(self, key: str, per_minute: int, now_s: float, policy: str = "") -> Decision:
        """Take one token of `key`'s bucket at the monotonic time `now_s`."""
        tokens = self.spend(key, per_minute, now_s)
        allowed = tokens >= 0
        wait_s = (per_minute - tokens if allowed else -tokens) * 60 / per_minute
        return Decision(allowed, per_minute, max(int(tokens), 0), math.ceil(wait_s), policy)

    def spend(self, key: str, per_minute: int, now_s: float) -> float:
        """Take one token; how many are left then. Below zero: none was there to take, and so much
        is missing.
        """
        bucket = self._buckets.get(key)
        if bucket is None:
            self._buckets[key] = bucket = [per_minute, now_s]
            if len(self._buckets) > self._max:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(key)
        tokens, since_s = bucket
        tokens += (now_s - since_s) * per_minute / 60
        if tokens > per_minute:
            tokens = float(per_minute)
        left = tokens - 1
        if left >= -_ROUNDING:
            tokens = left = max(left, 0.0)
        bucket[0], bucket[1] = tokens, now_s
        return left
