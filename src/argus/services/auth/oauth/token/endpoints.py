"""The token endpoint (RFC 6749 section 3.2)."""

from fastapi import Request

from argus.kernel.authz import public
from argus.kernel.http.oauth import OAuthFormDep, form_of, oauth_router, refusals
from argus.kernel.http.routing import CallDep
from argus.services.auth.clients.errors import InvalidClient
from argus.services.auth.clients.requests import client_of
from argus.services.auth.oauth.dpop.requests import proved_key
from argus.services.auth.oauth.errors import (
    InvalidDpopProof,
    InvalidGrant,
    InvalidScope,
    UnauthorizedClient,
    UnsupportedGrantType,
    UseDpopNonce,
)
from argus.services.auth.oauth.token.grants import GrantRequest, TokenResponse
from argus.services.auth.oauth.token.registry import GRANTS
from argus.services.auth.resources.errors import InvalidTarget

router = oauth_router("auth", prefix="")


@router.post(
    "/api/v1/auth/device/token",
    response_model_exclude_none=True,
    include_in_schema=False,
    dependencies=[public("the grant is the credential")],
)
@router.post(
    "/oauth/token",
    summary="Get tokens for a grant",
    responses=refusals(
        InvalidClient,
        InvalidDpopProof,
        InvalidGrant,
        InvalidScope,
        InvalidTarget,
        UnauthorizedClient,
        UnsupportedGrantType,
        UseDpopNonce,
    ),
    response_model_exclude_none=True,
    openapi_extra=form_of("grant_type", optional=("client_id", "scope", "resource")),
    dependencies=[public("the grant is the credential")],
)
async def issue_tokens(form: OAuthFormDep, call: CallDep, request: Request) -> TokenResponse:
    """RFC 6749 section 3.2. Clients authenticate in the way that they are registered for."""
    grant_type = form.require("grant_type")
    grant = GRANTS.get(grant_type)
    anew = grant is None or grant.reads_client_anew
    known = await client_of(request, form, call, anew=anew)
    if grant is None:
        raise UnsupportedGrantType
    if not known.client.may_use(grant_type):
        raise UnauthorizedClient
    jkt = await proved_key(request, call)
    if jkt is None and known.client.metadata.dpop_bound_access_tokens:
        raise InvalidDpopProof("this client sends a proof with every request")
    return await grant.exchange(GrantRequest.of(form, known, jkt, call))
