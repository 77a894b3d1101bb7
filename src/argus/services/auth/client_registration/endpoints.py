"""Where clients register themselves (RFC 7591)."""

from typing import Any

from argus.kernel.authz import public
from argus.kernel.http.oauth import MARK, oauth_router, refusals
from argus.kernel.http.routing import CallDep
from argus.services.auth.client_registration.errors import (
    InvalidClientMetadata,
    InvalidRedirectUri,
    RegistrationClosed,
)
from argus.services.auth.client_registration.schemas import RegisteredClient
from argus.services.auth.client_registration.service import ClientRegistration
from argus.services.auth.settings import AuthSettings

router = oauth_router("auth", prefix="/oauth")


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
    settings = call.resources.get(AuthSettings)
    client, secret = await ClientRegistration(call.uow, call.clock, settings).register(body)
    return RegisteredClient.model_validate(
        {
            **client.metadata_,
            "client_id": client.client_id,
            "client_id_issued_at": int(client.read_at.timestamp()),
            "client_secret": secret,
            "client_secret_expires_at": 0 if secret else None,
        }
    )
