"""Which client is this? Whoever names one finds it here, from wherever it is known."""

from datetime import timedelta

from argus.kernel.db.unit_of_work import Database
from argus.kernel.errors import ArgusError
from argus.kernel.ids import OrganizationId, parse_id
from argus.kernel.principal import system
from argus.services.auth.clients.client import (
    FIRST_PARTY,
    FIRST_PARTY_ID,
    Client,
    ClientOrigin,
    KnownClient,
)
from argus.services.auth.clients.documents import ClientDocuments
from argus.services.auth.clients.metadata import ClientMetadata
from argus.services.auth.clients.models import ClientRow
from argus.services.auth.clients.other_servers import OtherServer
from argus.services.auth.clients.repository import (
    ClientRepository,
    ClientSecretRepository,
    OpenClientRepository,
)
from argus.services.auth.ids import ServiceAccountId
from argus.services.auth.revocations.feed import RevocationFeed
from argus.services.auth.revocations.memory import Memory
from argus.services.auth.revocations.picture import EVERYWHERE, keys_of
from argus.services.auth.revocations.repository import Revocations, client_subject, touched
from argus.services.auth.service_accounts.registry import account_of
from argus.services.auth.service_accounts.repository import ServiceAccountRepository

REGISTRATION_PREFIX = "dcr"
"""Of the ids of clients that registered themselves."""
_REMEMBERED = timedelta(hours=1)
_MOST_REMEMBERED = 100_000


class ClientRegistry:
    """Finds clients by `client_id`. Use it outside of a begun unit of work: it opens its own."""

    def __init__(
        self, database: Database, documents: ClientDocuments, feed: RevocationFeed
    ) -> None:
        self._database, self._documents, self._feed = database, documents, feed
        self._known = Memory[str, KnownClient](feed, database.clock, _MOST_REMEMBERED)

    async def find(self, client_id: str) -> Client | None:
        """The client with this `client_id`; None for what is no client, or no longer."""
        if client_id == FIRST_PARTY_ID:
            return FIRST_PARTY
        if client_id.startswith("https:"):
            return await self._of_document(client_id)
        if client_id.startswith(f"{REGISTRATION_PREFIX}_"):
            return await self._of_registration(client_id)
        try:
            row_id = parse_id("cli", client_id)
        except ArgusError:
            return None
        async with self._database.unit_of_work(system("auth")) as uow:
            row = await ClientRepository(uow).find(row_id)
        return None if row is None else of_row(client_id, row)

    def recall(self, client_id: str) -> KnownClient | None:
        """The client, if this process remembers it and has heard of no change since."""
        if client_id == FIRST_PARTY_ID:
            return KnownClient(FIRST_PARTY)
        return self._known.recall(client_id) if self._feed.is_current else None

    async def know(self, client_id: str, *, anew: bool) -> KnownClient | None:
        """The client with its secrets and its account; None for what is no client, or no longer.

        `anew`: as it is in the database now. Else what is remembered will do: a change takes effect
        when this process hears of it, which is within a second, or asks the database.
        """
        known = None if anew else self.recall(client_id)
        if known is None:
            sequence, now = self._feed.sequence, self._database.clock.now()
            known = await self._read(client_id)
            if known is not None and known.client.origin in _TOUCHED_WHEN_CHANGED:
                self._known.remember(
                    client_id,
                    known,
                    sequence=sequence,
                    rests_on=_rests_on(known),
                    until=now + _REMEMBERED,
                )
        return known

    async def _read(self, client_id: str) -> KnownClient | None:
        try:
            row_id = parse_id("cli", client_id)
        except ArgusError:
            return await self._read_open(client_id)
        async with self._database.unit_of_work(system("auth")) as uow:
            epoch = await Revocations(uow).now()
            row = await ClientRepository(uow).find(row_id)
            if row is None:
                return None
            secrets = await ClientSecretRepository(uow).find(row_id, self._database.clock.now())
            account = None
            if row.service_account_id is not None:
                account = await ServiceAccountRepository(uow).find(row.service_account_id)
        return KnownClient(
            of_row(client_id, row),
            tuple((secret.digest, secret.expires_at) for secret in secrets),
            account and account_of(account),
            epoch,
        )

    async def _read_open(self, client_id: str) -> KnownClient | None:
        """One that no organization registered."""
        client = await self.find(client_id)
        if client is None or client.origin is not ClientOrigin.REGISTRATION:
            return client and KnownClient(client)
        async with self._database.unit_of_work(system("auth")) as uow:
            row = await OpenClientRepository(uow).find(client_id)
        digest = row and row.secret_digest
        return KnownClient(client, ((digest, None),) if digest else ())

    async def _of_document(self, url: str) -> Client | None:
        metadata = await self._documents.find(url)
        return None if metadata is None else Client(url, ClientOrigin.DOCUMENT, metadata)

    async def _of_registration(self, client_id: str) -> Client | None:
        async with self._database.unit_of_work(system("auth")) as uow:
            row = await OpenClientRepository(uow).find(client_id)
        if row is None:
            return None
        metadata = ClientMetadata.model_validate(row.metadata_)
        return Client(client_id, ClientOrigin.REGISTRATION, metadata)


_TOUCHED_WHEN_CHANGED = (ClientOrigin.ORGANIZATION, ClientOrigin.REGISTRATION)
"""Of other origins there is nothing to hear of: a document is read anew when it is not fresh."""


def _rests_on(known: KnownClient) -> tuple[bytes, ...]:
    client = known.client
    subjects = [client_subject(client.id), touched(client_subject(client.id))]
    if client.organization_id is not None:
        subjects.append(client.organization_id)
    if client.service_account_id is not None:
        subjects.append(client.service_account_id)
    return keys_of(subjects, client.organization_id or OrganizationId(EVERYWHERE))


def of_row(client_id: str, row: ClientRow) -> Client:
    """The client that an organization registered in this row."""
    account_id = row.service_account_id
    return Client(
        id=client_id,
        origin=ClientOrigin.ORGANIZATION,
        metadata=ClientMetadata.model_validate(row.metadata_),
        organization_id=OrganizationId(row.organization_id),
        resources=tuple(row.resources),
        service_account_id=None if account_id is None else ServiceAccountId(account_id),
        authorization_servers=tuple(
            OtherServer.model_validate(server) for server in row.authorization_servers
        ),
    )
