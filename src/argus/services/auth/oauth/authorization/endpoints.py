"""Pushed authorization requests (RFC 9126). The authorization endpoint itself is a page."""

from fastapi import Request

from argus.kernel.authz import public
from argus.kernel.http.oauth import OAuthFormDep, form_of, oauth_router, refusals
from argus.kernel.http.routing import CallDep
from argus.services.auth.clients.errors import InvalidClient
from argus.services.auth.clients.requests import client_of
from argus.services.auth.oauth.authorization.schemas import PushedAuthorization
from argus.services.auth.oauth.authorization.service import PUSHED_LIFE, AuthorizationService
from argus.services.auth.oauth.authorization_request import AuthorizationRefused, read
from argus.services.auth.oauth.dpop.requests import proved_key
from argus.services.auth.oauth.errors import InvalidDpopProof, UseDpopNonce

router = oauth_router("auth", prefix="/oauth")


@router.post(
    "/par",
    status_code=201,
    summary="Push an authorization request",
    responses=refusals(AuthorizationRefused, InvalidClient, InvalidDpopProof, UseDpopNonce),
    openapi_extra=form_of(
        "response_type",
        "code_challenge",
        "code_challenge_method",
        optional=("client_id", "redirect_uri", "scope", "resource", "state", "nonce"),
    ),
    dependencies=[public("clients authenticate as at the token endpoint")],
)
async def push_authorization_request(
    form: OAuthFormDep, call: CallDep, request: Request
) -> PushedAuthorization:
    """Leave the request here, and send the person on with `client_id` and `request_uri` alone."""
    client = (await client_of(request, form, call)).client
    sent = [(name, value) for name, values in form.values.items() for value in values]
    request_uri = await call.resources.get(AuthorizationService).push(
        client, read(sent), await proved_key(request, call)
    )
    return PushedAuthorization(request_uri=request_uri, expires_in=int(PUSHED_LIFE.total_seconds()))
