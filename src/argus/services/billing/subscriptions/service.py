"""The organization's tier."""

from argus.contracts.billing.events import TierChanged
from argus.kernel.cache import flush
from argus.kernel.clock import Clock
from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.ids import format_id
from argus.services.billing.subscriptions.errors import UnknownTier
from argus.services.billing.subscriptions.repository import SubscriptionRepository
from argus.services.billing.tiers import DEFAULT_TIER, Tiers


class SubscriptionService:
    """Which tier the organization is on. Never commits: the unit of work does."""

    def __init__(self, uow: UnitOfWork, clock: Clock, tiers: Tiers) -> None:
        self._uow, self._clock, self._tiers = uow, clock, tiers
        self._subscriptions = SubscriptionRepository(uow)

    async def tier(self) -> str:
        """The organization's tier: the default one if it never changed, or if the installation no
        longer has the one it was on.
        """
        subscription = await self._subscriptions.get()
        tier = subscription.tier if subscription else DEFAULT_TIER
        return tier if tier in self._tiers.tiers else DEFAULT_TIER

    async def set_tier(self, tier: str) -> None:
        """Change the tier at once. Idempotent: the same tier again changes and emits nothing.

        Raises:
            UnknownTier: not one of this installation.
        """
        if tier not in self._tiers.tiers:
            raise UnknownTier(f"{tier}: choose from {', '.join(self._tiers.tiers)}")
        now = self._clock.now()
        subscription = await self._subscriptions.lock(DEFAULT_TIER, now)
        before = subscription.tier
        if tier == before:
            return
        subscription.tier, subscription.since = tier, now
        await flush(self._uow, self._uow.organization_id)
        await self._uow.emit(
            TierChanged(
                organization_id=format_id("org", self._uow.organization_id),
                before=before,
                after=tier,
            )
        )
