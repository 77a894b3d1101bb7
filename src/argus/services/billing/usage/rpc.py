"""Usage for services."""

from argus.contracts.billing.rpc import RECORD_USAGE
from argus.contracts.billing.v1 import billing_pb2 as pb
from argus.contracts.permissions import Permission
from argus.kernel.authz import requires
from argus.kernel.module import Call
from argus.kernel.rpc.dispatch import rpc
from argus.services.billing.tiers import Tiers
from argus.services.billing.usage.schemas import RecordUsage
from argus.services.billing.usage.service import UsageService


@rpc(RECORD_USAGE, requires(Permission.USAGE_RECORD))
async def record_usage_rpc(request: pb.RecordUsageRequest, call: Call) -> pb.RecordUsageResponse:
    """As `POST /api/v1/billing/usage`."""
    body = RecordUsage.parse(
        {
            "events": [
                {
                    "id": event.id,
                    "source": event.source,
                    "meter": event.meter,
                    "quantity": event.quantity,
                    "occurred_at": event.occurred_at or None,
                }
                for event in request.events
            ]
        }
    )
    tiers = call.resources.get(Tiers)
    [recorded] = await UsageService(call.uow, call.clock, tiers).record([body.events])
    return pb.RecordUsageResponse(
        accepted=recorded.accepted,
        duplicates=recorded.duplicates,
        unmatched=recorded.unmatched,
    )
