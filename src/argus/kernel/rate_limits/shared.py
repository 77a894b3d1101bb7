"""Token buckets that all replicas share, in Valkey.

A process takes up to a hundredth of a bucket at a time, in one round trip, and spends it within a
second; what it did not spend, it gives back with the next. So a bucket of 10,000 a minute costs a
round trip per hundred requests, one below 200 a round trip per request, and a caller never gets
more than the bucket held a second ago. A refusal is remembered until the next token is there: who
floods costs no round trips.

Time is the server's own. Without Valkey each process decides by buckets of its own: a caller then
gets its limit once per process, and `argus_http_rate_limit_fallbacks_total` counts it.
"""

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace

from argus.kernel.rate_limits.buckets import MAX_BUCKETS, Decision, TokenBuckets
from argus.kernel.telemetry import RATE_LIMIT_FALLBACKS
from argus.kernel.valkey import Valkey, ValkeyUnavailable

SPEND_WITHIN_S = 1.0
SHARE = 100
"""At most this part of a bucket is with one process."""

# An untouched bucket is full after a minute, which is what a forgotten one is too.
_TAKE = """
local limit, wanted, returned = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local clock = redis.call('TIME')
local now = clock[1] + clock[2] / 1000000
local bucket = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = tonumber(bucket[1]) or limit
local elapsed = math.max(0, now - (tonumber(bucket[2]) or now))
tokens = math.min(limit, tokens + returned + elapsed * limit / 60)
local granted = math.min(wanted, math.floor(tokens))
tokens = tokens - granted
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', string.format('%.6f', now))
redis.call('PEXPIRE', KEYS[1], 60000)
return {granted, tostring(tokens)}
"""


@dataclass(frozen=True, slots=True)
class Lease:
    """What this process knows of a bucket until `until_s`."""

    held: int
    """Tokens that were taken from the bucket and not yet spent."""
    left: float
    """Tokens in the bucket when it was asked."""
    until_s: float
    refuses: bool

    @property
    def is_usable(self) -> bool:
        return self.refuses or self.held > 0


class SharedBuckets:
    """Buckets by key, for all processes that share `valkey`."""

    def __init__(
        self,
        valkey: Valkey,
        elapsed_s: Callable[[], float] = time.monotonic,
        max_leases: int = MAX_BUCKETS,
    ) -> None:
        self._valkey, self._elapsed_s, self._max_leases = valkey, elapsed_s, max_leases
        self._take = valkey.script(_TAKE)
        self._leases: OrderedDict[str, Lease] = OrderedDict()
        self._asking: dict[str, asyncio.Future[None]] = {}
        self._own = TokenBuckets()

    async def take(self, key: str, per_minute: int, policy: str = "") -> Decision:
        """Take one token of `key`'s bucket."""
        while True:
            lease = self.lease_of(key)
            if lease is not None:
                return self.spend(key, lease, per_minute, policy)
            asking = self._asking.get(key)
            if asking is None:
                break
            await asyncio.shield(asking)
        self._asking[key] = asked = asyncio.get_running_loop().create_future()
        spent = self._leases.pop(key, None)
        try:
            lease = await self._lease(key, per_minute, spent.held if spent else 0)
        except ValkeyUnavailable:
            RATE_LIMIT_FALLBACKS.inc()
            return self._own.take(key, per_minute, self._elapsed_s(), policy)
        finally:
            del self._asking[key]
            asked.set_result(None)
        return self.spend(key, lease, per_minute, policy)

    def lease_of(self, key: str) -> Lease | None:
        """What is known of the bucket without asking, if that decides about a request."""
        lease = self._leases.get(key)
        if lease is None or not lease.is_usable or lease.until_s <= self._elapsed_s():
            return None
        return lease

    async def _lease(self, key: str, per_minute: int, returned: int) -> Lease:
        wanted = max(1, per_minute // SHARE)
        granted, left = await self._valkey.run(
            self._take, [f"limit:{key}"], per_minute, wanted, returned
        )
        tokens, now_s = float(left), self._elapsed_s()
        if granted:
            return Lease(granted, tokens, now_s + SPEND_WITHIN_S, refuses=False)
        return Lease(0, tokens, now_s + (1 - tokens) * 60 / per_minute, refuses=True)

    def spend(self, key: str, lease: Lease, per_minute: int, policy: str) -> Decision:
        """Take one token of what `lease_of` just found."""
        if lease.refuses:
            self._remember(key, lease)
            wait_s = math.ceil(max(lease.until_s - self._elapsed_s(), 0))
            return Decision(False, per_minute, 0, max(wait_s, 1), policy)
        held = lease.held - 1
        self._remember(key, replace(lease, held=held))
        left = min(per_minute, lease.left + held)
        fills_in_s = math.ceil((per_minute - left) * 60 / per_minute)
        return Decision(True, per_minute, int(left), fills_in_s, policy)

    def _remember(self, key: str, lease: Lease) -> None:
        self._leases[key] = lease
        self._leases.move_to_end(key)
        if len(self._leases) > self._max_leases:
            self._leases.popitem(last=False)
