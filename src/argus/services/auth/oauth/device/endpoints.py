"""The device's side of RFC 8628, and the person's for programs; pages have one of their own."""

from fastapi import Request

from argus.kernel.authz import in_person, public
from argus.kernel.errors import Forbidden, Unauthenticated
from argus.kernel.http.oauth import OAuthFormDep, form_of, oauth_router, refusals
from argus.kernel.http.problems import problems
from argus.kernel.http.routing import CallDep, service_router
from argus.kernel.ids import OrganizationId
from argus.kernel.principal import Principal
from argus.services.auth.attempts.errors import TooManyAttempts
from argus.services.auth.clients.errors import InvalidClient
from argus.services.auth.clients.requests import client_of
from argus.services.auth.oauth.device.errors import UserCodeUnknown
from argus.services.auth.oauth.device.repository import Approver
from argus.services.auth.oauth.device.schemas import DeviceAuthorizationAnswer, DeviceDecision
from argus.services.auth.oauth.device.service import DeviceService
from argus.services.auth.oauth.errors import InvalidScope, UnauthorizedClient
from argus.services.auth.person import person
from argus.services.auth.resources.errors import InvalidTarget

_PUBLIC = public("clients authenticate in the form, as far as they can")

oauth = oauth_router("auth", prefix="")
router = service_router("auth", prefix="/api/v1/auth/device", tags=["sessions"])


@oauth.post("/api/v1/auth/device/authorize", include_in_schema=False, dependencies=[_PUBLIC])
@oauth.post(
    "/oauth/device_authorization",
    summary="Begin to let a device in",
    responses=refusals(InvalidClient, InvalidScope, InvalidTarget, UnauthorizedClient),
    openapi_extra=form_of(optional=("client_id", "scope", "resource")),
    dependencies=[_PUBLIC],
)
async def authorize_device(
    form: OAuthFormDep, call: CallDep, request: Request
) -> DeviceAuthorizationAnswer:
    """RFC 8628 section 3.1. Clients authenticate in the way that they are registered for."""
    client = (await client_of(request, form, call)).client
    begun = await call.resources.get(DeviceService).begin(
        client, form.words("scope"), form.all("resource"), call.principal
    )
    return DeviceAuthorizationAnswer(
        device_code=begun.device_code,
        user_code=begun.user_code,
        verification_uri=begun.verification_uri,
        verification_uri_complete=begun.verification_uri_complete,
        expires_in=int(begun.expires_in.total_seconds()),
        interval=begun.interval_s,
    )


@router.post(
    "/verify",
    status_code=204,
    summary="Let a device in, or keep it out",
    responses=problems(Unauthenticated, Forbidden, UserCodeUnknown, TooManyAttempts),
    dependencies=[in_person()],
)
async def verify_device(body: DeviceDecision, call: CallDep) -> None:
    """Decide about the device that shows this code. Only a person's own session of Argus can."""
    by = _approver(call.principal, body.organization_id)
    devices = call.resources.get(DeviceService)
    waiting = await devices.find(body.user_code, call.principal)
    if body.decision == "deny":
        await devices.deny(call.uow, body.user_code, by.user_id)
        return
    if by.organization_id not in {organization.id for organization in waiting.organizations}:
        raise Forbidden("you are no member of this organization")
    await devices.approve(call.uow, body.user_code, by)


def _approver(principal: Principal, organization_id: OrganizationId | None) -> Approver:
    user_id, session_id = person(principal)
    bound_to = organization_id or principal.organization_id
    if bound_to is None:
        raise Forbidden("the session is for no organization")
    return Approver(user_id, bound_to, session_id)
