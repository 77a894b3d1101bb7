"""Usage for services."""

from datetime import UTC, datetime

from argus.contracts.billing.rpc import RECORD_USAGE
from argus.contracts.billing.v1 import billing_pb2 as pb
from argus.contracts.permissions import Permission
from argus.kernel.authz import requires
from argus.kernel.module import Call
from argus.kernel.rpc.dispatch import rpc
from argus.services.billing.tiers import Tiers
from argus.services.billing.usage.repository import Usage
from argus.services.billing.usage.schemas import RecordUsage
from argus.services.billing.usage.service import UsageService


@rpc(RECORD_USAGE, requires(Permission.USAGE_RECORD))
async def record_usage_rpc(request: pb.RecordUsageRequest, call: Call) -> pb.RecordUsageResponse:
    """As `POST /api/v1/billing/usage`."""
    body = RecordUsage.model_validate(
        {
            "events": [
                {
                    "id": event.id,
                    "source": event.source,
                    "meter": event.meter,
                    "quantity": event.quantity,
                    "occurred_at": _time(event.occurred_at) or call.clock.now(),
                }
                for event in request.events
            ]
        }
    )
    recorded = await UsageService(call.uow, call.clock, call.resources.get(Tiers)).record(
        [
            Usage(
                event.source,
                event.id,
                event.meter,
                event.quantity,
                event.occurred_at or call.clock.now(),
            )
            for event in body.events
        ]
    )
    return pb.RecordUsageResponse(
        accepted=recorded.accepted,
        duplicates=recorded.duplicates,
        unmatched=recorded.unmatched,
    )


def _time(epoch_s: int) -> datetime | None:
    return datetime.fromtimestamp(epoch_s, UTC) if epoch_s else None
