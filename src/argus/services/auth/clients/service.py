"""Life cycle of the OAuth clients that an organization registers, and of their secrets."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from argus.contracts.auth.events import (
    ClientChanged,
    ClientCreated,
    ClientDeleted,
    ClientSecretCreated,
    ClientSecretRevoked,
)
from argus.kernel.clock import Clock
from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.errors import InvalidRequest
from argus.kernel.ids import format_id, new_id
from argus.services.auth.api_key_format import generate, hint
from argus.services.auth.clients.changes import changed, ends_tokens, is_narrower
from argus.services.auth.clients.errors import (
    ClientHasNoSecret,
    ClientNotFound,
    TooManySecrets,
)
from argus.services.auth.clients.metadata import (
    CLIENT_CREDENTIALS,
    SECRET_METHODS,
    TOKEN_EXCHANGE,
    ClientMetadata,
)
from argus.services.auth.clients.models import ClientRow, ClientSecret
from argus.services.auth.clients.other_servers import OtherServer
from argus.services.auth.clients.repository import (
    ClientRepository,
    ClientSecretRepository,
)
from argus.services.auth.ids import ClientSecretId, ClientUuid, ServiceAccountId
from argus.services.auth.resources.registry import ResourceRegistry
from argus.services.auth.revocations.repository import Revocations, client_subject
from argus.services.auth.service_accounts.service import ServiceAccountService
from argus.services.auth.sha256 import sha256_of

SECRET_PREFIX = "argus_cs_"  # noqa: S105 - what secrets begin with, for scanners
MAX_SECRETS = 5


@dataclass(frozen=True)
class Registration:
    """What a client is to be."""

    metadata: ClientMetadata
    resources: Sequence[str] | None
    """Identifiers of what it may get tokens for; None: the platform."""
    service_account_id: ServiceAccountId | None
    authorization_servers: Sequence[OtherServer] = ()
    """For which of them it gets identity assertions."""


@dataclass(frozen=True)
class NewClientSecret:
    """A secret that was just made; `text` is known here and nowhere else."""

    row: ClientSecret
    text: str = field(repr=False)


class ClientService:
    """Clients belong to the organization, and outlive the membership of who made them."""

    def __init__(self, uow: UnitOfWork, clock: Clock, resources: ResourceRegistry) -> None:
        self._uow, self._clock, self._resources = uow, clock, resources
        self._clients, self._secrets = ClientRepository(uow), ClientSecretRepository(uow)
        self._accounts = ServiceAccountService(uow, clock)

    async def create(self, wanted: Registration) -> tuple[ClientRow, NewClientSecret | None]:
        """A new client, with a secret if that is how it authenticates.

        Raises:
            InvalidRequest: a resource is unknown, or service account and grants do not fit.
            ServiceAccountNotFound
            PermissionNotGrantable: the service account may do more than the caller.
        """
        resources = await self._check(wanted)
        now = self._clock.now()
        client = ClientRow(
            id=new_id(),
            organization_id=self._uow.organization_id,
            service_account_id=wanted.service_account_id,
            resources=resources,
            metadata_=_json(wanted.metadata),
            authorization_servers=_servers(wanted),
            created_by=self._uow.principal.id,
            created_at=now,
            changed_at=now,
        )
        await self._clients.add(client)
        account_id = wanted.service_account_id
        await self._uow.emit(
            ClientCreated(
                client_id=format_id("cli", client.id),
                name=wanted.metadata.client_name,
                service_account_id=format_id("sa", account_id) if account_id else None,
            )
        )
        return client, await self._add_secret(client) if _has_secrets(client) else None

    async def get(self, client_id: ClientUuid) -> ClientRow:
        """One client.

        Raises:
            ClientNotFound
        """
        client = await self._clients.get(client_id)
        if client is None:
            raise ClientNotFound
        return client

    async def page(
        self, after: ClientUuid | None, limit: int
    ) -> tuple[list[ClientRow], ClientUuid | None]:
        """The clients that follow `after`, the oldest first, and where the next page begins."""
        clients = await self._clients.page(after, limit + 1)
        more = len(clients) > limit
        return clients[:limit], ClientUuid(clients[limit - 1].id) if more else None

    async def change(self, client_id: ClientUuid, wanted: Registration) -> ClientRow:
        """Replace what the client is. Its access tokens end if what they rest on is different now.

        Raises:
            ClientNotFound, and what `create` raises.
        """
        resources = await self._check(wanted)
        client = await self._get_for_update(client_id)
        before = _values(client)
        client.metadata_, client.resources = _json(wanted.metadata), resources
        client.authorization_servers = _servers(wanted)
        client.service_account_id, client.changed_at = wanted.service_account_id, self._clock.now()
        after = _values(client)
        different = changed(before, after)
        if not _has_secrets(client):
            for secret in await self._live_secrets(client):
                await self._revoke(secret)
        if ends_tokens(different):
            await Revocations(self._uow).revoke(_subject(client), client.changed_at)
        if different:
            await Revocations(self._uow).touch(_subject(client), client.changed_at)
            await self._uow.emit(
                ClientChanged(
                    client_id=format_id("cli", client.id),
                    changed=different,
                    narrowed=is_narrower(before, after),
                )
            )
        return client

    async def delete(self, client_id: ClientUuid) -> None:
        """Delete the client, for good. Its tokens are dead.

        Raises:
            ClientNotFound
        """
        await self._delete(await self._get_for_update(client_id))

    async def delete_all(self) -> None:
        """Delete all clients of the organization."""
        for client in await self._clients.list_all():
            await self._delete(client)

    async def secrets(self, client_id: ClientUuid) -> list[ClientSecret]:
        """The client's live secrets, the oldest first.

        Raises:
            ClientNotFound
        """
        return await self._live_secrets(await self.get(client_id))

    async def add_secret(self, client_id: ClientUuid, overlap: timedelta | None) -> NewClientSecret:
        """One more secret. The others go on for `overlap`, None: until they are revoked.

        Raises:
            ClientNotFound
            ClientHasNoSecret: it authenticates in another way.
            TooManySecrets
            PermissionNotGrantable: its service account may do more than the caller.
        """
        client = await self._get_for_update(client_id)
        if not _has_secrets(client):
            raise ClientHasNoSecret
        if client.service_account_id is not None:
            await self._accounts.check_may_speak_for(ServiceAccountId(client.service_account_id))
        live = await self._live_secrets(client)
        if len(live) >= MAX_SECRETS:
            raise TooManySecrets
        if overlap is not None:
            latest = self._clock.now() + overlap
            for secret in live:
                secret.expires_at = min(secret.expires_at or latest, latest)
        await Revocations(self._uow).touch(_subject(client), self._clock.now())
        return await self._add_secret(client, overlap)

    async def revoke_secret(self, client_id: ClientUuid, secret_id: ClientSecretId) -> None:
        """End one secret, at once.

        Raises:
            ClientNotFound: the client is unknown, or has no such live secret.
        """
        client = await self._get_for_update(client_id)
        for secret in await self._live_secrets(client):
            if secret.id == secret_id:
                await Revocations(self._uow).touch(_subject(client), self._clock.now())
                return await self._revoke(secret)
        raise ClientNotFound

    async def _check(self, wanted: Registration) -> list[str]:
        """The resources in their registered spelling. To be called before the unit begins."""
        if wanted.resources is None:
            identifiers = [self._resources.platform.identifier]
        else:
            found = [await self._resources.find(identifier) for identifier in wanted.resources]
            identifiers = [resource.identifier for resource in found if resource is not None]
            if None in found:
                raise InvalidRequest("a resource is not registered")
        acts_alone = CLIENT_CREDENTIALS in wanted.metadata.grant_types
        if acts_alone != (wanted.service_account_id is not None):
            raise InvalidRequest("client_credentials and service_account_id need each other")
        metadata, servers = wanted.metadata, wanted.authorization_servers
        if servers and (metadata.is_public or TOKEN_EXCHANGE not in metadata.grant_types):
            raise InvalidRequest("assertions are for clients with a credential and token exchange")
        if len({server.issuer for server in servers}) < len(servers):
            raise InvalidRequest("an authorization server is named twice")
        if wanted.service_account_id is not None:
            await self._accounts.check_may_speak_for(wanted.service_account_id)
        return sorted(set(identifiers))

    async def _get_for_update(self, client_id: ClientUuid) -> ClientRow:
        client = await self._clients.get_for_update(client_id)
        if client is None:
            raise ClientNotFound
        return client

    async def _live_secrets(self, client: ClientRow) -> list[ClientSecret]:
        return await self._secrets.of_client(client.id, self._clock.now())

    async def _add_secret(
        self, client: ClientRow, overlap: timedelta | None = None
    ) -> NewClientSecret:
        text, now = generate(SECRET_PREFIX), self._clock.now()
        secret = ClientSecret(
            id=new_id(),
            organization_id=client.organization_id,
            client_id=client.id,
            digest=sha256_of(text),
            hint=hint(text),
            created_by=self._uow.principal.id,
            created_at=now,
        )
        await self._secrets.add(secret)
        await self._uow.emit(
            ClientSecretCreated(
                client_id=format_id("cli", client.id),
                client_secret_id=format_id("sec", secret.id),
                others_expire_at=None if overlap is None else now + overlap,
            )
        )
        return NewClientSecret(secret, text)

    async def _revoke(self, secret: ClientSecret) -> None:
        await self._secrets.delete(secret)
        await self._uow.emit(
            ClientSecretRevoked(
                client_id=format_id("cli", secret.client_id),
                client_secret_id=format_id("sec", secret.id),
            )
        )

    async def _delete(self, client: ClientRow) -> None:
        await self._clients.delete(client)
        await Revocations(self._uow).end([_subject(client)], self._clock.now())
        await self._uow.emit(ClientDeleted(client_id=format_id("cli", client.id)))


def _values(client: ClientRow) -> dict[str, Any]:
    """Everything about the client that can be changed."""
    return client.metadata_ | {
        "resources": client.resources,
        "service_account_id": client.service_account_id,
        "authorization_servers": client.authorization_servers,
    }


def _has_secrets(client: ClientRow) -> bool:
    return client.metadata_["token_endpoint_auth_method"] in SECRET_METHODS


def _subject(client: ClientRow) -> UUID:
    return client_subject(format_id("cli", client.id))


def _servers(wanted: Registration) -> list[dict[str, Any]]:
    return [server.model_dump(mode="json") for server in wanted.authorization_servers]


def _json(metadata: ClientMetadata) -> dict[str, Any]:
    return metadata.model_dump(mode="json")
