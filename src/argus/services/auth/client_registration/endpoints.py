"""Where clients register themselves (RFC 7591), and manage that (RFC 7592)."""

from typing import Annotated, Any

from fastapi import Depends, Header

from argus.kernel.authz import public
from argus.kernel.errors import Unauthenticated
from argus.kernel.http.oauth import MARK, oauth_router, refusals
from argus.kernel.http.routing import CallDep
from argus.services.auth.client_registration.errors import (
    InvalidClientMetadata,
    InvalidRedirectUri,
    RegistrationClosed,
)
from argus.services.auth.client_registration.schemas import RegisteredClient
from argus.services.auth.client_registration.service import ClientRegistration, Registration
from argus.services.auth.oauth.metadata.schemas import ServerMetadata
from argus.services.auth.settings import AuthSettings

router = oauth_router("auth", prefix="/oauth")

_OWN = public("the registration access token is the credential")


def _registration(call: CallDep) -> ClientRegistration:
    return ClientRegistration(call.uow, call.clock, call.resources.get(AuthSettings))


async def _own(
    client_id: str,
    call: CallDep,
    authorization: Annotated[str, Header(include_in_schema=False)] = "",
) -> Registration:
    """The registration whose token the request carries, before its body is looked at."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthenticated("send the registration access token as a bearer token")
    return await _registration(call).find(client_id, token.strip())


OwnRegistration = Annotated[Registration, Depends(_own)]


@router.post(
    "/register",
    status_code=201,
    summary="Register as a client",
    responses=refusals(RegistrationClosed, InvalidClientMetadata, InvalidRedirectUri),
    response_model_exclude_none=True,
    openapi_extra={MARK: True},
    dependencies=[public("a client that registers itself has no credential yet")],
)
async def register_client(body: dict[str, Any], call: CallDep) -> RegisteredClient:
    """Open where the installation says so; otherwise use a client id metadata document."""
    return _told(await _registration(call).register(body), call)


@router.get(
    "/register/{client_id}",
    summary="Look at my registration as a client",
    responses=refusals(Unauthenticated),
    response_model_exclude_none=True,
    openapi_extra={MARK: True},
    dependencies=[_OWN],
)
async def get_registration(own: OwnRegistration, call: CallDep) -> RegisteredClient:
    """RFC 7592 section 2.1, with the registration access token as the bearer token."""
    return _told(own, call)


@router.put(
    "/register/{client_id}",
    summary="Change my registration as a client",
    responses=refusals(Unauthenticated, InvalidClientMetadata, InvalidRedirectUri),
    response_model_exclude_none=True,
    openapi_extra={MARK: True},
    dependencies=[_OWN],
)
async def change_registration(
    own: OwnRegistration, body: dict[str, Any], call: CallDep
) -> RegisteredClient:
    """RFC 7592 section 2.2: the body replaces everything; what it leaves out has its default.

    The answer has a new registration access token, and the one before is dead.
    """
    return _told(await _registration(call).change(own.client, body), call)


@router.delete(
    "/register/{client_id}",
    status_code=204,
    summary="Delete my registration as a client",
    responses=refusals(Unauthenticated),
    openapi_extra={MARK: True},
    dependencies=[_OWN],
)
async def delete_registration(own: OwnRegistration, call: CallDep) -> None:
    """RFC 7592 section 2.3. The client's tokens are dead, and it gets no others."""
    await _registration(call).delete(own.client)


def _told(registration: Registration, call: CallDep) -> RegisteredClient:
    client, secret = registration.client, registration.secret
    issuer = call.resources.get(ServerMetadata).issuer
    return RegisteredClient.model_validate(
        {
            **client.metadata_,
            "client_id": client.client_id,
            "client_id_issued_at": int(client.read_at.timestamp()),
            "client_secret": secret,
            "client_secret_expires_at": 0 if secret else None,
            "registration_client_uri": f"{issuer}/oauth/register/{client.client_id}",
            "registration_access_token": registration.access_token,
        }
    )
