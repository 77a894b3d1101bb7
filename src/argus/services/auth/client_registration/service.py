"""Clients that register themselves (RFC 7591). Nobody vouches for them: people are asked, and told
so, and there is nothing that they can do without a person.
"""

from typing import Any

from pydantic import ValidationError

from argus.contracts.auth.events import ClientRegisteredItself
from argus.kernel.clock import Clock
from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.ids import format_id, new_id
from argus.services.auth.api_key_format import generate
from argus.services.auth.client_registration.errors import (
    InvalidClientMetadata,
    InvalidRedirectUri,
    RegistrationClosed,
)
from argus.services.auth.clients.metadata import SECRET_METHODS, ClientMetadata, of_unknown
from argus.services.auth.clients.models import OpenClient
from argus.services.auth.clients.registry import REGISTRATION_PREFIX
from argus.services.auth.clients.repository import OpenClientRepository, secret_digest
from argus.services.auth.clients.service import SECRET_PREFIX
from argus.services.auth.settings import AuthSettings

UNNAMED = "Unnamed application"


class ClientRegistration:
    """Registers clients, where the installation lets them."""

    def __init__(self, uow: UnitOfWork, clock: Clock, settings: AuthSettings) -> None:
        self._uow, self._clock, self._settings = uow, clock, settings

    async def register(self, document: dict[str, Any]) -> tuple[OpenClient, str | None]:
        """A new client as it describes itself, and its secret if it asked for one.

        Members that are not known are left out, and grants that such a client may not have.

        Raises:
            RegistrationClosed: by the installation's setting.
            InvalidRedirectUri, InvalidClientMetadata
        """
        if not self._settings.dynamic_registration:
            raise RegistrationClosed
        metadata = _parse({"client_name": UNNAMED} | document)
        has_secret = metadata.token_endpoint_auth_method in SECRET_METHODS
        secret = generate(SECRET_PREFIX) if has_secret else None
        client = OpenClient(
            client_id=format_id(REGISTRATION_PREFIX, new_id()),
            metadata_=metadata.model_dump(mode="json"),
            secret_digest=secret_digest(secret) if secret else None,
            read_at=self._clock.now(),
            fresh_until=None,
        )
        await OpenClientRepository(self._uow).put(client)
        await self._uow.emit(ClientRegisteredItself(client_id=client.client_id))
        return client, secret


def _parse(document: dict[str, Any]) -> ClientMetadata:
    try:
        return of_unknown(document)
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False)[0]
        at = ".".join(str(part) for part in found["loc"])
        wrong = (
            InvalidRedirectUri if "redirect_uris" in at + found["msg"] else InvalidClientMetadata
        )
        raise wrong(f"{at}: {found['msg']}" if at else found["msg"]) from None
