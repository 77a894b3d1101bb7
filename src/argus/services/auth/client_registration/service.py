"""Clients that register themselves (RFC 7591), and manage that (RFC 7592). Nobody vouches for them:
people are asked, and told so, and there is nothing that they can do without a person.
"""

import hmac
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from argus.contracts.auth.events import ClientChanged, ClientDeleted, ClientRegisteredItself
from argus.kernel.clock import Clock
from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.errors import Unauthenticated
from argus.kernel.ids import format_id, new_id
from argus.services.auth.api_key_format import generate
from argus.services.auth.client_registration.errors import (
    InvalidClientMetadata,
    InvalidRedirectUri,
    RegistrationClosed,
)
from argus.services.auth.clients.changes import changed, ends_tokens, is_narrower
from argus.services.auth.clients.metadata import SECRET_METHODS, ClientMetadata, of_unknown
from argus.services.auth.clients.models import OpenClient
from argus.services.auth.clients.registry import REGISTRATION_PREFIX
from argus.services.auth.clients.repository import OpenClientRepository
from argus.services.auth.clients.service import SECRET_PREFIX
from argus.services.auth.revocations.repository import Revocations, client_subject
from argus.services.auth.settings import AuthSettings
from argus.services.auth.sha256 import sha256_of

ACCESS_PREFIX = "argus_rat_"
UNNAMED = "Unnamed application"


@dataclass(frozen=True)
class Registration:
    """A client that registered itself, and what it is told of its credentials.

    The texts are known here and nowhere else.
    """

    client: OpenClient
    access_token: str = field(repr=False)
    """By which it manages the registration."""
    secret: str | None = field(repr=False)
    """Only when it was just made."""


class ClientRegistration:
    """Registers clients, where the installation lets them, and lets them change and leave."""

    def __init__(self, uow: UnitOfWork, clock: Clock, settings: AuthSettings) -> None:
        self._uow, self._clock, self._settings = uow, clock, settings
        self._clients = OpenClientRepository(uow)

    async def register(self, document: dict[str, Any]) -> Registration:
        """A new client as it describes itself, with a secret if it asked for one.

        Members that are not known are left out, and grants that such a client may not have.

        Raises:
            RegistrationClosed: by the installation's setting.
            InvalidRedirectUri, InvalidClientMetadata
        """
        if not self._settings.dynamic_registration:
            raise RegistrationClosed
        metadata = _parse({"client_name": UNNAMED} | document)
        secret = generate(SECRET_PREFIX) if _has_secret(metadata) else None
        access_token = generate(ACCESS_PREFIX)
        client = OpenClient(
            client_id=format_id(REGISTRATION_PREFIX, new_id()),
            metadata_=metadata.model_dump(mode="json"),
            secret_digest=sha256_of(secret) if secret else None,
            access_digest=sha256_of(access_token),
            read_at=self._clock.now(),
            fresh_until=None,
        )
        await self._clients.put(client)
        await self._uow.emit(ClientRegisteredItself(client_id=client.client_id))
        return Registration(client, access_token, secret)

    async def find(self, client_id: str, access_token: str) -> Registration:
        """The client that shows this token of its own; nobody else changes it in this unit.

        Raises:
            Unauthenticated: unknown, or another client's token; the two cannot be told apart.
        """
        client = await self._clients.find_for_update(client_id)
        if (
            client is None
            or client.access_digest is None
            or not hmac.compare_digest(client.access_digest, sha256_of(access_token))
        ):
            raise Unauthenticated(
                "the registration access token is not this client's", error="invalid_token"
            )
        return Registration(client, access_token, None)

    async def change(self, client: OpenClient, document: dict[str, Any]) -> Registration:
        """Replace what the client says of itself; its management token is another one from now on.

        It cannot choose its id or its secret. Its access tokens end if what they rest on changes.

        Raises:
            InvalidRedirectUri, InvalidClientMetadata
        """
        client_id = client.client_id
        if document.get("client_id") != client_id:
            raise InvalidClientMetadata("client_id: it must be the one that was issued")
        if "client_secret" in document and not _is_secret(client, document["client_secret"]):
            raise InvalidClientMetadata("client_secret: it must be the one that was issued")
        metadata = _parse({"client_name": UNNAMED} | document)
        secret = None
        if not _has_secret(metadata):
            client.secret_digest = None
        elif client.secret_digest is None:
            secret = generate(SECRET_PREFIX)
            client.secret_digest = sha256_of(secret)
        renewed = generate(ACCESS_PREFIX)
        client.access_digest = sha256_of(renewed)
        before, client.metadata_ = client.metadata_, metadata.model_dump(mode="json")
        different = changed(before, client.metadata_)
        if ends_tokens(different):
            await Revocations(self._uow).revoke(client_subject(client_id), self._clock.now())
        if different:
            await Revocations(self._uow).touch(client_subject(client_id), self._clock.now())
            narrowed = is_narrower(before, client.metadata_)
            await self._uow.emit(
                ClientChanged(client_id=client_id, changed=different, narrowed=narrowed)
            )
        return Registration(client, renewed, secret)

    async def delete(self, client: OpenClient) -> None:
        """Delete the client, for good. Its tokens are dead."""
        client_id = client.client_id
        await self._clients.delete(client)
        await Revocations(self._uow).end([client_subject(client_id)], self._clock.now())
        await self._uow.emit(ClientDeleted(client_id=client_id))


def _has_secret(metadata: ClientMetadata) -> bool:
    return metadata.token_endpoint_auth_method in SECRET_METHODS


def _is_secret(client: OpenClient, text: object) -> bool:
    return (
        isinstance(text, str)
        and text.isascii()
        and client.secret_digest is not None
        and hmac.compare_digest(client.secret_digest, sha256_of(text))
    )


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
