"""Identity assertions for other authorization servers (ID-JAG), by token exchange.

By draft-ietf-oauth-identity-assertion-authz-grant section 4.3: here Argus is the identity provider.
"""

import json
from datetime import timedelta
from typing import Any

from joserfc import jws

from argus.contracts.auth.events import IdentityAssertionIssued
from argus.kernel.ids import OrganizationId, UserId, format_id, new_id
from argus.services.auth.clients.other_servers import OtherServer
from argus.services.auth.oauth.errors import InvalidScope, InvalidSubjectToken, UnauthorizedClient
from argus.services.auth.oauth.id_token import IdTokenClaims, IdTokenHints
from argus.services.auth.oauth.identity_assertions.service import TYPE
from argus.services.auth.oauth.token.grants import GrantRequest, TokenResponse
from argus.services.auth.resources.errors import InvalidTarget
from argus.services.auth.sessions.errors import SessionNotFound
from argus.services.auth.sessions.repository import SessionRepository
from argus.services.auth.signing_keys.service import SigningKeys
from argus.services.auth.tokens.errors import OrganizationNotFound
from argus.services.auth.tokens.service import TokenService

ID_JAG_TYPE = "urn:ietf:params:oauth:token-type:id-jag"
ID_TOKEN_TYPE = "urn:ietf:params:oauth:token-type:id_token"  # noqa: S105 - a token type
LIFE = timedelta(minutes=5)


async def vouch(request: GrantRequest) -> TokenResponse:
    """An assertion that the client may act at another authorization server for a person who is
    signed in to it here, as the client's organization has decided.

    The person is a member of that organization, in a live session that does what it demands.
    """
    client, call = request.client, request.call
    if client.metadata.is_public or client.organization_id is None:
        raise UnauthorizedClient("assertions are for an organization's clients with a credential")
    server = _server_of(request)
    resource = _resource_of(request, server)
    scopes = _scopes_of(request, server)
    key = await call.resources.get(SigningKeys).signer()
    token = await _id_token_of(request)
    await _check_person(request, token, client.organization_id)
    person, assertion_id = format_id("usr", token.sub), str(new_id())
    now = call.clock.now()
    claims: dict[str, Any] = {
        "iss": call.resources.get(IdTokenHints).issuer,
        "sub": person,
        "aud": server.issuer,
        "client_id": server.client_id,
        "jti": assertion_id,
        "iat": int(now.timestamp()),
        "exp": int((now + LIFE).timestamp()),
        "scope": " ".join(scopes),
        "auth_time": token.auth_time,
        "amr": token.amr,
    }
    claims |= {"resource": resource} if resource is not None else {}
    claims |= {"acr": token.acr} if token.acr is not None else {}
    header = {"alg": key.algorithm, "typ": TYPE, "kid": key.kid}
    await call.uow.emit(
        IdentityAssertionIssued(
            user_id=person,
            client_id=client.id,
            assertion_id=assertion_id,
            audience=server.issuer,
            scopes=scopes,
        ),
        client.organization_id,
    )
    return TokenResponse(
        access_token=jws.serialize_compact(
            header, json.dumps(claims), key.pair, algorithms=[key.algorithm]
        ),
        token_type="N_A",  # noqa: S106 - the type of what is no access token
        issued_token_type=ID_JAG_TYPE,
        expires_in=int(LIFE.total_seconds()),
        scope=" ".join(scopes),
    )


def _server_of(request: GrantRequest) -> OtherServer:
    request.form.require("audience")
    audiences = request.form.all("audience")
    for server in request.client.authorization_servers:
        if audiences == (server.issuer,):
            return server
    raise InvalidTarget("the organization lets the client go to no such authorization server")


def _resource_of(request: GrantRequest, server: OtherServer) -> str | None:
    """The one that is asked for, or the only one."""
    asked = request.resource
    if asked is None:
        return server.resources[0] if len(server.resources) == 1 else None
    if asked not in server.resources:
        raise InvalidTarget("the organization lets the client go to no such resource")
    return asked


def _scopes_of(request: GrantRequest, server: OtherServer) -> list[str]:
    asked = request.form.words("scope")
    refused = sorted((asked or frozenset()) - {*server.scopes})
    if refused or asked == frozenset():
        raise InvalidScope(f"not to be had there: {' '.join(refused)}")
    return sorted(server.scopes if asked is None else asked)


async def _id_token_of(request: GrantRequest) -> IdTokenClaims:
    """What the client was told of the person's sign-in, and is not too long ago."""
    form, call = request.form, request.call
    if form.require("subject_token_type") != ID_TOKEN_TYPE or form.get("actor_token") is not None:
        raise InvalidSubjectToken("assertions are made of ID tokens, and have no actor")
    token = await call.resources.get(IdTokenHints).read(form.require("subject_token"))
    if token is None or token.aud != request.client.id or token.exp <= call.clock.now().timestamp():
        raise InvalidSubjectToken("the ID token is not a current one of this client")
    return token


async def _check_person(
    request: GrantRequest, token: IdTokenClaims, organization_id: OrganizationId
) -> None:
    """The person's session with the client lives, and is one that the organization would give
    tokens to.
    """
    call, user_id = request.call, UserId(token.sub)
    tokens = call.resources.get(TokenService)
    try:
        refusal = await tokens.refusal(token.sid, user_id, organization_id, call.principal)
    except OrganizationNotFound:
        raise InvalidSubjectToken("the person is no member of the organization") from None
    if isinstance(refusal, SessionNotFound):
        raise InvalidSubjectToken("the account is closed")
    if refusal is not None:
        raise refusal
    if not await SessionRepository(call.uow).expiry_of_live(token.sid, call.clock.now()):
        raise InvalidSubjectToken("the person's session has ended")
