"""All SQL of the subscriptions."""

from argus.kernel.db.repository import TenantRepository
from argus.services.billing.subscriptions.models import Subscription


class SubscriptionRepository(TenantRepository[Subscription]):
    model = Subscription

    async def get(self) -> Subscription | None:
        return await self.one_or_none(self.scoped())

    async def get_for_update(self) -> Subscription | None:
        """Lock the row until the unit of work ends."""
        return await self.one_or_none(self.scoped().with_for_update())
