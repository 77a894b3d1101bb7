"""SQL of OAuth clients."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from argus.kernel.db.repository import TenantRepository
from argus.kernel.db.unit_of_work import UnitOfWork
from argus.services.auth.clients.models import ClientRow, ClientSecret, OpenClient
from argus.services.auth.sessions.models import Session


class ClientRepository(TenantRepository[ClientRow]):
    """Clients of the unit's organization; by `find` also whoever names a client reads its row."""

    model = ClientRow

    async def find(self, client_id: UUID) -> ClientRow | None:
        """The client, of whatever organization."""
        await _present(self._uow, client_id)
        statement = self.unscoped(reason="who knows a client's id may know whose it is")
        return await self.one_or_none(statement.where(ClientRow.id == client_id))

    async def get(self, client_id: UUID) -> ClientRow | None:
        """The client, if it is the organization's."""
        return await self.one_or_none(self.scoped().where(ClientRow.id == client_id))

    async def get_for_update(self, client_id: UUID) -> ClientRow | None:
        """The client, locked until the unit ends."""
        return await self.one_or_none(
            self.scoped().where(ClientRow.id == client_id).with_for_update()
        )

    async def page(self, after: UUID | None, limit: int) -> list[ClientRow]:
        """The next clients, the oldest first."""
        statement = self.scoped().order_by(ClientRow.id).limit(limit)
        return await self.all(statement.where(ClientRow.id > after) if after else statement)

    async def list_all(self) -> list[ClientRow]:
        """All clients of the organization, locked."""
        return await self.all(self.scoped().with_for_update())

    async def delete(self, client: ClientRow) -> None:
        """Delete the client with its secrets."""
        await self.session.delete(client)
        await self.session.flush()


class ClientSecretRepository(TenantRepository[ClientSecret]):
    """Secrets of the organization's clients; by `find` also of a client that authenticates."""

    model = ClientSecret

    async def find(self, client_id: UUID, now: datetime) -> list[ClientSecret]:
        """The client's live secrets, of whatever organization."""
        await _present(self._uow, client_id)
        statement = self.unscoped(reason="the client has not said yet whose it is")
        return await self.all(statement.where(ClientSecret.client_id == client_id, _live(now)))

    async def of_client(self, client_id: UUID, now: datetime) -> list[ClientSecret]:
        """Its live secrets, the oldest first."""
        statement = self.scoped().where(ClientSecret.client_id == client_id, _live(now))
        return await self.all(statement.order_by(ClientSecret.id))

    async def delete(self, secret: ClientSecret) -> None:
        """Delete it; it authenticates nobody any more."""
        await self.session.delete(secret)
        await self.session.flush()


class OpenClientRepository:
    """Clients of no organization, by their whole `client_id`."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._session = uow.session

    async def find(self, client_id: str) -> OpenClient | None:
        """The client as it was last read, or registered itself."""
        return await self._session.get(OpenClient, client_id)

    async def find_for_update(self, client_id: str) -> OpenClient | None:
        """The same, locked until the unit ends."""
        return await self._session.get(OpenClient, client_id, with_for_update=True)

    async def delete(self, client: OpenClient) -> None:
        """Forget it."""
        await self._session.delete(client)
        await self._session.flush()

    async def put(self, client: OpenClient) -> None:
        """Keep what was read or registered, in the place of what was known."""
        values = {
            OpenClient.client_id: client.client_id,
            OpenClient.metadata_: client.metadata_,
            OpenClient.secret_digest: client.secret_digest,
            OpenClient.access_digest: client.access_digest,
            OpenClient.read_at: client.read_at,
            OpenClient.fresh_until: client.fresh_until,
        }
        statement = insert(OpenClient).values(values)
        await self._session.execute(
            statement.on_conflict_do_update(
                index_elements=[OpenClient.client_id],
                set_={
                    column.name: statement.excluded[column.name]
                    for column in OpenClient.__table__.columns
                    if not column.primary_key
                },
            )
        )

    async def forget(self, before: datetime) -> None:
        """Drop what has been of no use since then: documents that nobody asked for, and
        registrations without a session.
        """
        unused = OpenClient.fresh_until.is_(None) & (OpenClient.read_at < before)
        has_session = select(Session.id).where(Session.client_id == OpenClient.client_id).exists()
        await self._session.execute(
            delete(OpenClient).where(or_(unused & ~has_session, OpenClient.fresh_until < before))
        )


async def _present(uow: UnitOfWork, client_id: UUID) -> None:
    """Let row-level security show this client to the unit."""
    await uow.session.execute(select(func.set_config("argus.client_id", str(client_id), True)))


def _live(now: datetime) -> ColumnElement[bool]:
    return or_(ClientSecret.expires_at.is_(None), ClientSecret.expires_at > now)
