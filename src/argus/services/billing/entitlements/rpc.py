"""Entitlements for services."""

from argus.contracts.billing.rpc import CHECK_ENTITLEMENT
from argus.contracts.billing.v1 import billing_pb2 as pb
from argus.contracts.permissions import Permission
from argus.kernel.authz import requires
from argus.kernel.module import Call
from argus.kernel.rpc.dispatch import rpc
from argus.services.billing.entitlements.schemas import CheckEntitlement
from argus.services.billing.entitlements.service import EntitlementService
from argus.services.billing.tiers import Tiers


@rpc(CHECK_ENTITLEMENT, requires(Permission.ENTITLEMENT_CHECK))
async def check_entitlement_rpc(
    request: pb.CheckEntitlementRequest, call: Call
) -> pb.CheckEntitlementResponse:
    """As `GET /api/v1/billing/entitlements/{feature}`."""
    asked = CheckEntitlement.parse({"feature": request.feature, "quantity": request.quantity or 1})
    tiers = call.resources.get(Tiers)
    view = await EntitlementService(call.uow, call.clock, tiers).check(
        asked.feature, asked.quantity
    )
    return pb.CheckEntitlementResponse(**view.model_dump(exclude={"feature"}))
