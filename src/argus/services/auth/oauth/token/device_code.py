"""The device code grant (RFC 8628 section 3.4)."""

from argus.services.auth.clients.metadata import DEVICE_CODE
from argus.services.auth.oauth.device.service import ApprovedDevice, DeviceService
from argus.services.auth.oauth.errors import InvalidGrant
from argus.services.auth.oauth.token.grants import (
    GrantRequest,
    TokenResponse,
    answer_of_session,
    grant,
)
from argus.services.auth.sessions.errors import SessionNotFound
from argus.services.auth.sessions.models import Session
from argus.services.auth.sessions.service import ClientGrant, SessionService
from argus.services.auth.settings import AuthSettings
from argus.services.auth.tokens.errors import OrganizationNotFound
from argus.services.auth.tokens.service import TokenService


@grant(DEVICE_CODE)
async def exchange_device_code(request: GrantRequest) -> TokenResponse:
    """Asked again and again until the person has decided; an approval is exchanged once."""
    call, resources = request.call, request.call.resources
    tokens = resources.get(TokenService)
    approved = await resources.get(DeviceService).collect(
        request.client, request.form.require("device_code"), call.principal
    )
    if not request.client.may_still_have(approved.scopes or (), approved.audience):
        raise InvalidGrant("the client may not have that any more")
    try:
        authority = await tokens.authority(
            approved.by.user_id, approved.by.organization_id, call.principal
        )
        if authority is None:
            raise InvalidGrant("the account is closed")
        session = await _begin(request, approved)
    except (OrganizationNotFound, SessionNotFound):
        raise InvalidGrant("the person left the organization, or signed out") from None
    issued = await tokens.issue(call.uow, session, authority, jkt=request.jkt)
    return answer_of_session(request, issued)


async def _begin(request: GrantRequest, approved: ApprovedDevice) -> Session:
    """Argus's own client begins a session like a browser's; others one that the person's started.

    Raises:
        SessionNotFound: the one in which the person approved has ended.
    """
    call, life = request.call, request.call.resources.get(AuthSettings).session_life
    sessions = SessionService(call.uow, call.clock)
    if approved.scopes is None:
        session = await sessions.begin(
            approved.by.user_id,
            client_id=request.client.id,
            user_agent="",
            strength=[*approved.strength],
            method=approved.method,
            identity_id=approved.identity_id,
            life=life,
        )
        session.authenticated_at = approved.authenticated_at
        return session
    grant = ClientGrant(
        client_id=request.client.id,
        scopes=approved.scopes,
        audience=approved.audience,
        authenticated_at=approved.authenticated_at,
        strength=approved.strength,
        started_by=approved.by.session_id,
        offline="offline_access" in approved.scopes,
        cnf_jkt=request.refresh_jkt,
        life=life,
    )
    return await sessions.begin_for_client(approved.by.user_id, grant)
