"""The caller's linked identities."""

from datetime import timedelta
from typing import cast

from argus.kernel.authz import in_person
from argus.kernel.errors import Forbidden, StepUpRequired, Unauthenticated
from argus.kernel.http.problems import problems
from argus.kernel.http.routing import CallDep, service_router
from argus.kernel.ids import UserId
from argus.kernel.module import Call
from argus.services.auth.external_identities.errors import IdentityNotFound
from argus.services.auth.external_identities.repository import ExternalIdentityRepository
from argus.services.auth.external_identities.schemas import (
    IdentityList,
    IdentityView,
)
from argus.services.auth.external_identities.service import unlink
from argus.services.auth.ids import PublicExternalIdentityId

FRESH = timedelta(minutes=15)
"""Since the sign-in of who changes by what to sign in."""

router = service_router("auth", prefix="/api/v1/auth/identities", tags=["federation"])


@router.get(
    "",
    summary="List your linked identities",
    responses=problems(Unauthenticated, Forbidden),
    dependencies=[in_person()],
)
async def list_identities(call: CallDep) -> IdentityList:
    """By which providers you can sign in."""
    linked = await ExternalIdentityRepository(call.uow).of_user(_user(call))
    return IdentityList(items=[IdentityView.model_validate(each) for each in linked])


@router.delete(
    "/{identity_id}",
    status_code=204,
    summary="Unlink an identity",
    responses=problems(Unauthenticated, Forbidden, StepUpRequired, IdentityNotFound),
    dependencies=[in_person(fresh=FRESH)],
)
async def unlink_identity(identity_id: PublicExternalIdentityId, call: CallDep) -> None:
    """You sign in by it no more, and nothing acts for you at its provider any more. Sessions that
    began with it end, also the one that asks if it is one of them.
    """
    await unlink(call.uow, call.clock, _user(call), identity_id)


def _user(call: Call) -> UserId:
    return cast("UserId", call.principal.user_id)
