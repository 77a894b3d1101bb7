"""Tiers and the organization's own, over HTTP."""

from argus.contracts.permissions import Permission
from argus.kernel.authz import public, requires
from argus.kernel.errors import Forbidden, RateLimited, Unauthenticated
from argus.kernel.http.problems import problems
from argus.kernel.http.routing import CallDep, service_router
from argus.services.billing.subscriptions.schemas import SubscriptionView, TiersView, TierView
from argus.services.billing.subscriptions.service import SubscriptionService
from argus.services.billing.tiers import Tiers

router = service_router("billing", prefix="/api/v1/billing", tags=["billing"])


@router.get(
    "/tiers",
    summary="List the tiers",
    responses=problems(RateLimited),
    dependencies=[public("a price list")],
)
async def list_tiers(call: CallDep) -> TiersView:
    """What each tier includes and costs, the cheapest first."""
    tiers = call.resources.get(Tiers)
    return TiersView(version=tiers.version, tiers=[_shown(tiers, name) for name in tiers.tiers])


@router.get(
    "/subscription",
    summary="Look at the organization's tier",
    responses=problems(Unauthenticated, Forbidden),
    dependencies=[requires(Permission.BILLING_READ)],
)
async def get_subscription(call: CallDep) -> SubscriptionView:
    """The tier of the caller's organization."""
    tiers = call.resources.get(Tiers)
    tier = await SubscriptionService(call.uow, call.clock, tiers).tier()
    return SubscriptionView(tier=_shown(tiers, tier))


def _shown(tiers: Tiers, name: str) -> TierView:
    tier = tiers.tiers[name]
    return TierView(
        name=name,
        price_minor=tier.price_minor,
        currency=tiers.currency,
        requests_per_minute=tier.requests_per_minute,
        features=tier.features,
    )
