"""Usage over HTTP."""

from datetime import date
from typing import Annotated

from fastapi import Query

from argus.contracts.permissions import Permission
from argus.kernel.authz import requires
from argus.kernel.errors import Forbidden, InvalidRequest, Unauthenticated
from argus.kernel.http.problems import problems
from argus.kernel.http.routing import CallDep, service_router
from argus.kernel.module import Call
from argus.services.billing.tiers import Tiers
from argus.services.billing.usage.schemas import (
    MeterTotal,
    RecordUsage,
    UsageAccepted,
    UsageView,
)
from argus.services.billing.usage.service import UsageService, month_of

router = service_router("billing", prefix="/api/v1/billing/usage", tags=["billing"])


@router.post(
    "",
    status_code=202,
    summary="Record usage",
    responses=problems(Unauthenticated, Forbidden, InvalidRequest),
    dependencies=[requires(Permission.USAGE_RECORD)],
)
async def record_usage(body: RecordUsage, call: CallDep) -> UsageAccepted:
    """Durable when answered. Repeat a request freely: an event counts once per (source, id)."""
    [recorded] = await _service(call).record([body.events])
    return UsageAccepted.model_validate(recorded)


@router.get(
    "",
    summary="Look at a month's usage",
    responses=problems(Unauthenticated, Forbidden, InvalidRequest),
    dependencies=[requires(Permission.BILLING_READ)],
)
async def get_usage(
    call: CallDep,
    period: Annotated[date | None, Query(description="Any day of the month; today's")] = None,
) -> UsageView:
    """Totals by meter of the caller's organization."""
    now = call.clock.now()
    first = (period or month_of(now)).replace(day=1)
    totals = await _service(call).totals(first)
    return UsageView(
        period=first,
        meters=[MeterTotal.model_validate(total) for total in totals],
        as_of=now,
    )


def _service(call: Call) -> UsageService:
    return UsageService(call.uow, call.clock, call.resources.get(Tiers))
