"""All SQL of the subscriptions."""

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert

from argus.kernel.db.repository import TenantRepository
from argus.services.billing.subscriptions.models import Subscription


class SubscriptionRepository(TenantRepository[Subscription]):
    """Which tier the organization is on; no row until it first changes."""

    model = Subscription

    async def get(self) -> Subscription | None:
        return await self.one_or_none(self.scoped())

    async def lock(self, initial_tier: str, now: datetime) -> Subscription:
        """The subscription, begun if need be, locked until the unit of work ends."""
        await self.session.execute(
            insert(Subscription)
            .values(organization_id=self.organization_id, tier=initial_tier, since=now)
            .on_conflict_do_nothing()
        )
        return (await self.session.execute(self.scoped().with_for_update())).scalar_one()
