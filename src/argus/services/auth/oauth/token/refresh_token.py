"""The refresh token grant (RFC 6749 section 6)."""

from argus.services.auth.clients.metadata import REFRESH_TOKEN
from argus.services.auth.oauth.errors import InvalidGrant, InvalidScope
from argus.services.auth.oauth.token.grants import (
    TokenRequest,
    TokenResponse,
    answer_of_session,
    grant,
)
from argus.services.auth.resources.errors import InvalidTarget
from argus.services.auth.resources.registry import ResourceRegistry
from argus.services.auth.tokens.errors import (
    AudienceNotGranted,
    OrganizationNotFound,
    RefreshTokenInvalid,
    ScopeNotGranted,
)
from argus.services.auth.tokens.service import Refresh, TokenService


async def refresh(request: TokenRequest) -> TokenResponse:
    """Rotated on each use; `scope` and `resource` may narrow what was granted, never widen it."""
    presented, resources = request.form.require("refresh_token"), request.resources
    audience = None
    if request.resource is not None:
        resource = await resources.get(ResourceRegistry).find(request.resource)
        if resource is None:
            raise InvalidTarget
        audience = resource.identifier
    asked = Refresh(
        client_id=request.client.id,
        scopes=request.form.words("scope"),
        audience=audience,
        jkt=request.jkt,
    )
    try:
        issued = await resources.get(TokenService).refresh(presented, asked, request.sender)
    except (RefreshTokenInvalid, OrganizationNotFound):
        raise InvalidGrant("the refresh token is not valid") from None
    except ScopeNotGranted:
        raise InvalidScope("a scope was not granted") from None
    except AudienceNotGranted:
        raise InvalidTarget("the resource was not granted") from None
    return answer_of_session(request, issued)


exchange_refresh_token = grant(REFRESH_TOKEN, reads_client_anew=False)(refresh)
