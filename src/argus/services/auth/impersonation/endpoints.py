"""Acting as a member of the caller's organization, and who may."""

from datetime import timedelta
from typing import Annotated

from fastapi import Query

from argus.contracts.permissions import Permission
from argus.kernel.acr import MULTI_FACTOR
from argus.kernel.authz import in_person, requires
from argus.kernel.errors import Forbidden, InvalidRequest, StepUpRequired, Unauthenticated
from argus.kernel.http.problems import problems
from argus.kernel.http.routing import CallDep, service_router
from argus.kernel.ids import PublicSessionId, PublicUserId, format_id
from argus.services.auth.impersonation.errors import (
    ImpersonationGrantNotFound,
    ImpersonationNotFound,
    ImpersonationRefused,
)
from argus.services.auth.impersonation.schemas import (
    BegunImpersonation,
    GrantList,
    GrantView,
    ImpersonationPage,
    ImpersonationView,
    NewGrant,
    NewImpersonation,
)
from argus.services.auth.impersonation.service import Impersonations, PastImpersonation
from argus.services.auth.tokens.errors import OrganizationNotFound

FRESH = timedelta(minutes=10)
PAGE = "/impersonations"
_REFUSED = (Unauthenticated, Forbidden, StepUpRequired)

router = service_router("auth", prefix="/api/v1/impersonations", tags=["impersonation"])


@router.post(
    "",
    status_code=201,
    summary="Act as a member",
    responses=problems(*_REFUSED, ImpersonationRefused, OrganizationNotFound),
    dependencies=[in_person(fresh=FRESH, acr=MULTI_FACTOR)],
)
async def begin_impersonation(body: NewImpersonation, call: CallDep) -> BegunImpersonation:
    """For whom an owner has granted it. No credential, member, money or audit log is in reach of
    the token; the person sees the session among their own and can end it; and all that is done
    stands in the audit log under both names.
    """
    begun = await call.resources.get(Impersonations).begin_granted(
        body.user_id, body.reason, timedelta(seconds=body.life_s), call.principal
    )
    return BegunImpersonation(
        id=begun.session_id,
        access_token=begun.access_token,
        page=f"{PAGE}/{format_id('ses', begun.session_id)}",
        ends_at=begun.ends_at,
    )


@router.get(
    "",
    summary="List impersonations",
    responses=problems(Unauthenticated, Forbidden, InvalidRequest),
    dependencies=[requires(Permission.AUDIT_READ)],
)
async def list_impersonations(
    call: CallDep,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    cursor: PublicSessionId | None = None,
) -> ImpersonationPage:
    """Those of my organization, past ones too. `cursor` is the `next_cursor` of the page before."""
    found, following = await call.resources.get(Impersonations).page(call.uow, cursor, limit)
    return ImpersonationPage(items=[_view(each) for each in found], next_cursor=following)


@router.delete(
    "/{session_id}",
    status_code=204,
    summary="End an impersonation",
    responses=problems(Unauthenticated, Forbidden, ImpersonationNotFound),
    dependencies=[in_person()],
)
async def end_impersonation(session_id: PublicSessionId, call: CallDep) -> None:
    """One's own; who manages the organization's security ends any of them."""
    await call.resources.get(Impersonations).end(call.uow, session_id)


@router.get(
    "/grants",
    summary="List who may act as members",
    responses=problems(Unauthenticated, Forbidden),
    dependencies=[requires(Permission.AUDIT_READ)],
)
async def list_impersonation_grants(call: CallDep) -> GrantList:
    """The permission `admin:impersonate` is in no role: these people hold it, for a while."""
    grants = await call.resources.get(Impersonations).grants(call.uow)
    return GrantList(items=[GrantView.model_validate(grant) for grant in grants])


@router.put(
    "/grants/{user_id}",
    status_code=204,
    summary="Let somebody act as members",
    responses=problems(*_REFUSED, OrganizationNotFound),
    dependencies=[requires(Permission.ADMIN_FULL_ACCESS, fresh=FRESH, acr=MULTI_FACTOR)],
)
async def grant_impersonation(user_id: PublicUserId, body: NewGrant, call: CallDep) -> None:
    """For that long, counted from now, whatever was granted before."""
    await call.resources.get(Impersonations).grant(
        user_id, timedelta(seconds=body.life_s), call.principal
    )


@router.delete(
    "/grants/{user_id}",
    status_code=204,
    summary="Let somebody act as members no more",
    responses=problems(Unauthenticated, Forbidden, ImpersonationGrantNotFound),
    dependencies=[requires(Permission.ADMIN_FULL_ACCESS)],
)
async def withdraw_impersonation_grant(user_id: PublicUserId, call: CallDep) -> None:
    """Impersonations that run go on until they are ended."""
    await call.resources.get(Impersonations).withdraw(call.uow, user_id)


def _view(past: PastImpersonation) -> ImpersonationView:
    impersonation = past.impersonation
    return ImpersonationView.model_validate(
        {
            "id": impersonation.id,
            "user_id": impersonation.user_id,
            "administrator_id": impersonation.administrator_id,
            "reason": impersonation.reason,
            "started_at": impersonation.started_at,
            "ends_at": impersonation.ends_at,
            "ended_at": past.ended_at,
        }
    )
