"""Entitlements over HTTP."""

from typing import Annotated

from fastapi import Path, Query

from argus.contracts.permissions import Permission
from argus.kernel.authz import requires
from argus.kernel.errors import Forbidden, InvalidRequest, Unauthenticated
from argus.kernel.http.problems import problems
from argus.kernel.http.routing import CallDep, service_router
from argus.services.billing.entitlements.schemas import EntitlementView, Feature, Quantity
from argus.services.billing.entitlements.service import EntitlementService
from argus.services.billing.tiers import Tiers

router = service_router("billing", prefix="/api/v1/billing/entitlements", tags=["billing"])


@router.get(
    "/{feature}",
    summary="May the organization use a feature?",
    responses=problems(Unauthenticated, Forbidden, InvalidRequest),
    dependencies=[requires(Permission.ENTITLEMENT_CHECK)],
)
async def check_entitlement(
    call: CallDep,
    feature: Annotated[Feature, Path()],
    quantity: Annotated[
        Quantity,
        Query(description="How much more of a meter, or how many there would be of anything else"),
    ] = 1,
) -> EntitlementView:
    """An answer with its reason; an unknown feature is not included in any tier."""
    tiers = call.resources.get(Tiers)
    return await EntitlementService(call.uow, call.clock, tiers).check(feature, quantity)
