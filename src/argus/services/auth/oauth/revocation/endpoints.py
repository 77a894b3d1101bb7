"""The revocation endpoint (RFC 7009 section 2)."""

from fastapi import Request, Response

from argus.contracts.auth.events import AccessTokenRevoked
from argus.contracts.auth.reasons import InactiveReason
from argus.kernel.authz import public
from argus.kernel.http.oauth import OAuthFormDep, form_of, oauth_router, refusals
from argus.kernel.http.routing import CallDep
from argus.kernel.ids import SessionId, UserId
from argus.kernel.module import Call
from argus.services.auth.access_token import AccessTokenClaims, AccessTokenVerifier
from argus.services.auth.clients.client import Client
from argus.services.auth.clients.errors import InvalidClient
from argus.services.auth.clients.requests import client_of
from argus.services.auth.oauth.errors import UnauthorizedClient
from argus.services.auth.revocations.repository import Revocations
from argus.services.auth.sessions.service import SessionService
from argus.services.auth.sha256 import sha256_of
from argus.services.auth.tokens.repository import RefreshTokenRepository

router = oauth_router("auth", prefix="/oauth")


@router.post(
    "/revoke",
    summary="Revoke a token",
    responses=refusals(InvalidClient, UnauthorizedClient),
    response_class=Response,
    openapi_extra=form_of("token", optional=("token_type_hint", "client_id")),
    dependencies=[public("clients authenticate themselves")],
)
async def revoke_token(form: OAuthFormDep, call: CallDep, request: Request) -> None:
    """RFC 7009. A refresh token ends with all that came of it, an access token alone. A token that
    is unknown or over is answered alike: there is nothing left to do.
    """
    client = (await client_of(request, form, call)).client
    token = form.require("token")
    claims = await call.resources.get(AccessTokenVerifier).read(token)
    if isinstance(claims, InactiveReason):
        await _end_session(call, token, client)
    else:
        await _end_access_token(call, claims, client)


async def _end_session(call: Call, refresh_token: str, client: Client) -> None:
    digest = sha256_of(refresh_token)
    found = (await RefreshTokenRepository(call.uow).list_with_sessions([digest])).get(digest)
    if found is None:
        return
    _, session = found
    _check_own(session.client_id, client)
    await SessionService(call.uow, call.clock).end(
        UserId(session.user_id), SessionId(session.id), "client"
    )


async def _end_access_token(call: Call, claims: AccessTokenClaims, client: Client) -> None:
    _check_own(claims.client_id, client)
    await Revocations(call.uow).end([claims.jti], call.clock.now())
    await call.uow.emit(
        AccessTokenRevoked(
            subject=claims.sub, client_id=claims.client_id, token_id=str(claims.jti)
        ),
        claims.org,
    )


def _check_own(client_id: str, client: Client) -> None:
    """RFC 7009 section 2.1: the client is told, and nothing happens."""
    if client_id != client.id:
        raise UnauthorizedClient("the token is another client's")
