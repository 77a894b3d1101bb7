"""How often a caller may ask, at every door of a process.

Two limits: a coarse one per client address, before anybody is authenticated, always counted in the
process; then one per principal within its organization, by its tier, or by the class of the path
where that has a limit of its own. The second is shared by all replicas where there is Valkey.
"""

import ipaddress
import re
import time
from collections.abc import Awaitable, Callable, Iterable, MutableMapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from argus.kernel.errors import RateLimited
from argus.kernel.principal import Principal
from argus.kernel.rate_limits.buckets import Decision, TokenBuckets
from argus.kernel.rate_limits.shared import SharedBuckets
from argus.kernel.telemetry import RATE_LIMITED
from argus.kernel.valkey import Valkey

ANONYMOUS_PER_MINUTE = 300
"""Requests without a credential, per address."""
BY_TIER = "tier"
_DECISION = "argus.rate_limit"

LimitOf = Callable[[Principal], Awaitable[int]]
"""Requests per minute of a caller's tier."""


@dataclass(frozen=True)
class PathClass:
    """Paths that share a bucket of their own per caller."""

    name: str
    """As the header `RateLimit-Policy` tells it."""
    pattern: str
    """A regular expression that matches from the beginning of the path."""
    per_minute: int


class RateLimits:
    """The limits of all doors of one process.

    `limited_by_route`: paths at which anonymous callers are known only after the route looked at
    them (OAuth clients); the route charges them itself.
    """

    def __init__(
        self,
        limit_of: LimitOf,
        *,
        address_per_minute: int,
        classes: Sequence[PathClass] = (),
        limited_by_route: Iterable[str] = (),
        anonymous_per_minute: int = ANONYMOUS_PER_MINUTE,
        valkey: Valkey | None = None,
        elapsed_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limit_of, self._elapsed_s = limit_of, elapsed_s
        self._address_per_minute = address_per_minute
        self._anonymous_per_minute = anonymous_per_minute
        self._classes = [(re.compile(known.pattern), known) for known in classes]
        self._class_of = lru_cache(maxsize=1000)(self._find_class)
        self._by_route = frozenset(limited_by_route)
        self._addresses, self._callers = TokenBuckets(), TokenBuckets()
        self._shared = SharedBuckets(valkey, elapsed_s) if valkey else None

    def admit(self, address: str) -> None:
        """Count a request of `address`, whoever sends it.

        Raises:
            RateLimited: there were too many.
        """
        decision = self._addresses.take(
            subscriber(address), self._address_per_minute, self._elapsed_s()
        )
        if not decision.allowed:
            RATE_LIMITED.labels("address").inc()
            raise RateLimited("too many requests", retry_after_s=decision.reset_s)

    async def take(self, principal: Principal, path: str) -> Decision:
        """Count a request of `principal` to `path`; the decision says whether it may pass."""
        known = self._class_of(path)
        policy = known.name if known else BY_TIER
        if known:
            limit = known.per_minute
        elif principal.is_authenticated:
            limit = await self._limit_of(principal)
        else:
            limit = self._anonymous_per_minute
        key = f"{_caller(principal)} {policy}"
        decision = (
            await self._shared.take(key, limit, policy)
            if self._shared
            else self._callers.take(key, limit, self._elapsed_s(), policy)
        )
        if not decision.allowed:
            RATE_LIMITED.labels("principal").inc()
        return decision

    def take_at_once(self, principal: Principal, path: str) -> Decision | None:
        """As `admit` and `take`, where nobody has to be asked and the address is admitted; else
        None, and nothing was counted.
        """
        known = self._class_of(path)
        if known is None:
            return None
        key, lease = f"{_caller(principal)} {known.name}", None
        if self._shared is not None:
            lease = self._shared.lease_of(key)
            if lease is None:
                return None
        now_s, address = self._elapsed_s(), subscriber(principal.address)
        if self._addresses.spend(address, self._address_per_minute, now_s) < 0:
            return None
        if self._shared is not None and lease is not None:
            decision = self._shared.spend(key, lease, known.per_minute, known.name)
        else:
            decision = self._callers.take(key, known.per_minute, now_s, known.name)
        if not decision.allowed:
            RATE_LIMITED.labels("principal").inc()
        return decision

    async def charge(self, principal: Principal, scope: MutableMapping[str, Any]) -> None:
        """Count the HTTP request of `scope` as one of `principal`, and note it for the answer.

        Raises:
            RateLimited: it may not pass.
        """
        scope[_DECISION] = decision = await self.take(principal, scope["path"])
        decision.enforce()

    def leaves_to_route(self, principal: Principal, path: str) -> bool:
        """Whether the route charges this request, because only it learns whose it is."""
        return path in self._by_route and not principal.is_authenticated

    def _find_class(self, path: str) -> PathClass | None:
        return next((known for pattern, known in self._classes if pattern.match(path)), None)


_LINES = b"""ratelimit-limit: %d\r
ratelimit-remaining: %d\r
ratelimit-reset: %d\r
ratelimit-policy: "%b";q=%d;w=60\r
ratelimit: "%b";r=%d;t=%d\r
"""


def lines_of(decision: Decision) -> bytes:
    """What the answer says of the limit, as it goes out: `RateLimit` and `RateLimit-Policy` as of
    draft-ietf-httpapi-ratelimit-headers-10, and the three fields of its earlier versions, which
    more clients know.
    """
    _, limit, remaining, reset_s, policy = decision
    name = policy.encode()
    return _LINES % (limit, remaining, reset_s, name, limit, name, remaining, reset_s)


def headers_of(decision: Decision) -> list[tuple[bytes, bytes]]:
    """The same, by name."""
    pairs = (line.partition(b": ") for line in lines_of(decision).splitlines())
    return [(name, value) for name, _, value in pairs]


def noted(scope: MutableMapping[str, Any]) -> Decision | None:
    """The decision about the request of `scope`; None while nobody was charged for it."""
    return scope.get(_DECISION)


@lru_cache(maxsize=10_000)
def plain_address(text: str) -> str:
    """The address in the one form in which it is limited and compared: without a port, which some
    proxies add, and of an IPv4 client at an IPv6 socket the IPv4 address, or all of those were one.
    """
    host = text[1:].partition("]")[0] if text.startswith("[") else text
    host = host.partition(":")[0] if host.count(":") == 1 else host
    try:
        parsed = ipaddress.ip_address(host)
    except ValueError:
        return text
    mapped = parsed.ipv4_mapped if parsed.version == 6 else None
    return str(mapped or parsed)


@lru_cache(maxsize=10_000)
def subscriber(address: str) -> str:
    """Whom an address stands for: itself, of IPv6 its /64, which is what one subscriber has."""
    if ":" not in address:
        return address
    try:
        return str(ipaddress.ip_network((address, 64), strict=False))
    except ValueError:
        return address


def _caller(principal: Principal) -> str:
    """One bucket per principal and organization, because each organization has its own tier."""
    if not principal.is_authenticated:
        return subscriber(principal.address)
    organization_id = principal.organization_id
    return f"{principal.id} {organization_id.int if organization_id else ''}"
