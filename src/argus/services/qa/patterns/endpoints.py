"""Heals that were proven: see, approve, reject; and the policy that approves by itself."""

from typing import Annotated

from fastapi import Query

from argus.contracts.permissions import Permission
from argus.kernel.authz import requires
from argus.kernel.errors import Forbidden, InvalidRequest, Unauthenticated
from argus.kernel.http.problems import problems
from argus.kernel.http.routing import CallDep, service_router
from argus.kernel.ids import format_id
from argus.services.qa.learnt import PatternState
from argus.services.qa.patterns.errors import HealNotFound, HealUnlearnt
from argus.services.qa.patterns.schemas import (
    ChangeHealingPolicy,
    HealingPolicyView,
    HealPage,
    HealView,
    PublicHealId,
)
from argus.services.qa.patterns.service import HealingService

router = service_router("qa", prefix="/api/v1/healing", tags=["healing"])


@router.get(
    "/heals",
    summary="List heals",
    responses=problems(Unauthenticated, Forbidden, InvalidRequest),
    dependencies=[requires(Permission.HEALING_READ)],
)
async def list_heals(
    call: CallDep,
    state: PatternState | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: PublicHealId | None = None,
) -> HealPage:
    """Proven heals, newest first; `state=pending` are those that wait for a person."""
    found = await HealingService(call.uow, call.clock).page(cursor, limit + 1, state)
    page = [HealView.model_validate(pattern) for pattern in found[:limit]]
    more = len(found) > limit
    return HealPage(items=page, next_cursor=format_id("heal", page[-1].id) if more else None)


@router.get(
    "/heals/{heal_id}",
    summary="Look at a heal",
    responses=problems(Unauthenticated, Forbidden, HealNotFound, InvalidRequest),
    dependencies=[requires(Permission.HEALING_READ)],
)
async def get_heal(heal_id: PublicHealId, call: CallDep) -> HealView:
    """A heal, with the fingerprints before and after."""
    return HealView.model_validate(await HealingService(call.uow, call.clock).get(heal_id))


@router.post(
    "/heals/{heal_id}/approve",
    summary="Approve a heal",
    responses=problems(Unauthenticated, Forbidden, HealNotFound, HealUnlearnt, InvalidRequest),
    dependencies=[requires(Permission.HEALING_APPROVE)],
)
async def approve_heal(heal_id: PublicHealId, call: CallDep) -> HealView:
    """Let suites of the application hold it: their tests pass plainly again. Idempotent."""
    return HealView.model_validate(await HealingService(call.uow, call.clock).approve(heal_id))


@router.post(
    "/heals/{heal_id}/reject",
    summary="Reject a heal",
    responses=problems(Unauthenticated, Forbidden, HealNotFound, HealUnlearnt, InvalidRequest),
    dependencies=[requires(Permission.HEALING_APPROVE)],
)
async def reject_heal(heal_id: PublicHealId, call: CallDep) -> HealView:
    """It is another element: from now on the lost one counts as gone. Idempotent."""
    return HealView.model_validate(await HealingService(call.uow, call.clock).reject(heal_id))


@router.get(
    "/policy",
    summary="Look at the healing policy",
    responses=problems(Unauthenticated, Forbidden),
    dependencies=[requires(Permission.HEALING_READ)],
)
async def get_healing_policy(call: CallDep) -> HealingPolicyView:
    """How alike and how far ahead a proven heal must be to need no person's approval."""
    return await HealingService(call.uow, call.clock).policy()


@router.put(
    "/policy",
    summary="Change the healing policy",
    responses=problems(Unauthenticated, Forbidden, InvalidRequest),
    dependencies=[requires(Permission.HEALING_CONFIGURE)],
)
async def change_healing_policy(body: ChangeHealingPolicy, call: CallDep) -> HealingPolicyView:
    """Set my organization's thresholds, for heals that are proven from now on."""
    return await HealingService(call.uow, call.clock).set_policy(body)
