"""Which client is this? Whoever names one finds it here, from wherever it is known."""

from argus.kernel.db.unit_of_work import Database
from argus.kernel.errors import ArgusError
from argus.kernel.ids import OrganizationId, parse_id
from argus.kernel.principal import system
from argus.services.auth.clients.client import FIRST_PARTY, FIRST_PARTY_ID, Client, ClientOrigin
from argus.services.auth.clients.documents import ClientDocuments
from argus.services.auth.clients.metadata import ClientMetadata
from argus.services.auth.clients.models import ClientRow
from argus.services.auth.clients.other_servers import OtherServer
from argus.services.auth.clients.repository import ClientRepository, OpenClientRepository
from argus.services.auth.ids import ServiceAccountId

REGISTRATION_PREFIX = "dcr"
"""Of the ids of clients that registered themselves."""


class ClientRegistry:
    """Finds clients by `client_id`. Use it outside of a begun unit of work: it opens its own."""

    def __init__(self, database: Database, documents: ClientDocuments) -> None:
        self._database, self._documents = database, documents

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
