"""The organization's tier for services and the command line."""

from argus.contracts.billing.rpc import GET_TIER, SET_TIER
from argus.contracts.billing.v1 import billing_pb2 as pb
from argus.contracts.permissions import Permission
from argus.kernel.authz import internal, requires
from argus.kernel.module import Call
from argus.kernel.rpc.dispatch import rpc
from argus.services.billing.subscriptions.service import SubscriptionService
from argus.services.billing.tiers import Tiers


@rpc(GET_TIER, requires(Permission.BILLING_READ))
async def get_tier(_request: pb.GetTierRequest, call: Call) -> pb.GetTierResponse:
    """The tier of the caller's organization, and its rate limit."""
    tiers = call.resources.get(Tiers)
    tier = await SubscriptionService(call.uow, call.clock, tiers).tier()
    return pb.GetTierResponse(tier=tier, requests_per_minute=tiers.tiers[tier].requests_per_minute)


@rpc(SET_TIER, internal())
async def set_tier(request: pb.SetTierRequest, call: Call) -> pb.SetTierResponse:
    """Put the caller's organization on a tier, by the operator's hand."""
    tiers = call.resources.get(Tiers)
    await SubscriptionService(call.uow, call.clock, tiers).set_tier(request.tier)
    return pb.SetTierResponse()
