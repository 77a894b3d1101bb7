"""Entitlement checks."""

from argus.kernel.clock import Clock
from argus.kernel.db.unit_of_work import UnitOfWork
from argus.services.billing.decisions import decide
from argus.services.billing.entitlements.schemas import EntitlementView
from argus.services.billing.subscriptions.service import SubscriptionService
from argus.services.billing.tiers import Tiers
from argus.services.billing.usage.service import UsageService


class EntitlementService:
    """What the caller's organization may use."""

    def __init__(self, uow: UnitOfWork, clock: Clock, tiers: Tiers) -> None:
        self._tiers = tiers
        self._subscriptions = SubscriptionService(uow, clock, tiers)
        self._usage = UsageService(uow, clock, tiers)

    async def check(self, feature: str, quantity: int) -> EntitlementView:
        """Whether `quantity` more of `feature` is included now, and why.

        It reserves nothing: two checks at one time may both allow the last unit.
        """
        tier = await self._subscriptions.tier()
        used = await self._usage.used(feature) if feature in self._tiers.meters else 0
        decision = decide(self._tiers, tier, feature, used, quantity)
        return EntitlementView(
            feature=feature,
            allowed=decision.allowed,
            reason=decision.reason,
            tier=tier,
            limit=decision.limit,
            used=decision.used,
            cheapest_tier=decision.cheapest_tier,
            price_minor=decision.price_minor,
            currency=self._tiers.currency,
        )
