"""The caller's linked identities."""

from datetime import timedelta
from typing import cast

from starlette.requests import Request
from starlette.responses import Response

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
    LinkIdentity,
    LinkStarted,
)
from argus.services.auth.external_identities.service import unlink
from argus.services.auth.federation.errors import ProviderFailed, ProviderNotFound
from argus.services.auth.federation.service import Federation
from argus.services.auth.ids import PublicExternalIdentityId
from argus.services.auth.pages.cookies import FORM, Cookies
from argus.services.auth.pages.forms import Forms
from argus.services.auth.pages.targets import local_target

FRESH = timedelta(minutes=15)

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


@router.post(
    "",
    status_code=201,
    summary="Begin to link an identity",
    responses=problems(
        Unauthenticated, Forbidden, StepUpRequired, ProviderNotFound, ProviderFailed
    ),
    dependencies=[in_person(fresh=FRESH)],
)
async def link_identity(
    body: LinkIdentity, request: Request, response: Response, call: CallDep
) -> LinkStarted:
    """Send the browser to the answered address within ten minutes. The answer sets a cookie that it
    must bring back, so that nobody else's identity ends up in your account.
    """
    forms = call.resources.get(Forms)
    known = forms.browser(request.cookies)
    browser = known or forms.new_browser()
    url = await call.resources.get(Federation).begin(
        body.provider,
        browser,
        local_target(body.return_to),
        call.principal,
        links_to=_user(call),
    )
    if known is None:
        call.resources.get(Cookies).set(response, FORM, browser)
    return LinkStarted(authorization_url=url)


@router.delete(
    "/{identity_id}",
    status_code=204,
    summary="Unlink an identity",
    responses=problems(Unauthenticated, Forbidden, StepUpRequired, IdentityNotFound),
    dependencies=[in_person(fresh=FRESH)],
)
async def unlink_identity(identity_id: PublicExternalIdentityId, call: CallDep) -> None:
    """You sign in by it no more, and nothing acts for you at its provider any more."""
    await unlink(call.uow, _user(call), identity_id)


def _user(call: Call) -> UserId:
    return cast("UserId", call.principal.user_id)
