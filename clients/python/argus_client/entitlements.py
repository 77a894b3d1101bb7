"""What your organization's plan includes, asked at most every half minute."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from argus_client.cache import RecentlyUsed
from argus_client.errors import Unavailable
from argus_client.transport import NOT_ARGUS, ServiceTransport

FRESH_S = 30.0
"""How long an answer is used without asking."""
GRACE_S = 15 * 60.0
"""How long the last answer is used while Argus does not answer: a plan changes seldom."""
RETRY_S = 1.0
"""How long an Argus that did not answer is not asked about what is known."""
MOST_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Entitlement:
    """Whether a feature is included, and why; true if it is."""

    feature: str
    allowed: bool
    reason: str
    tier: str
    limit: int
    """-1: unlimited, or not counted."""
    used: int
    cheapest_tier: str
    """The cheapest tier that includes it; empty if none does."""
    price_minor: int
    """What that costs a month, in the currency's minor unit."""
    currency: str

    def __bool__(self) -> bool:
        """Whether the feature is included."""
        return self.allowed


class Entitlements:
    """The latest answers, by feature and quantity. They reserve nothing."""

    def __init__(self, transport: ServiceTransport, monotonic: Callable[[], float]) -> None:
        self._transport, self._monotonic = transport, monotonic
        self._answers = RecentlyUsed[tuple[str, int], tuple[float, Entitlement]](MOST_KEPT)
        self._silent_until = float("-inf")

    def recall(self, feature: str, quantity: int) -> Entitlement | None:
        """An answer for which Argus need not be asked."""
        is_silent = self._monotonic() < self._silent_until
        return self._recall(feature, quantity, GRACE_S if is_silent else FRESH_S)

    def ask(self, feature: str, quantity: int) -> Entitlement:
        """A new answer, or the last if Argus is silent.

        Raises:
            Unavailable: Argus is silent, and there is no answer that is recent enough.
            PlatformRefused: this service may not ask, or there can be no such feature.
        """
        path = f"/api/v1/billing/entitlements/{quote(feature, safe='')}"
        try:
            told = self._transport.call("GET", path, parameters={"quantity": quantity})
        except Unavailable:
            self._silent_until = self._monotonic() + RETRY_S
            known = self._recall(feature, quantity, GRACE_S)
            if known is None:
                raise
            return known
        if not told.keys() >= set(Entitlement.__slots__):
            raise Unavailable(NOT_ARGUS)
        answer = Entitlement(**{name: told[name] for name in Entitlement.__slots__})
        self._answers.put((feature, quantity), (self._monotonic(), answer))
        return answer

    def _recall(self, feature: str, quantity: int, age_s: float) -> Entitlement | None:
        """An answer that is not older than that."""
        known = self._answers.get((feature, quantity))
        if known is None or self._monotonic() - known[0] >= age_s:
            return None
        return known[1]
