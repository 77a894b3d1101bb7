"""SQL of pushed requests. Only hashes of their references are stored."""

from datetime import datetime

from sqlalchemy import delete, select

from argus.kernel.db.unit_of_work import UnitOfWork
from argus.services.auth.oauth.authorization.models import PushedRequest


class PushedRequestRepository:
    """Requests that clients have left, until they are granted or expire."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._session = uow.session

    async def add(self, request: PushedRequest) -> None:
        """Insert a request."""
        self._session.add(request)
        await self._session.flush()

    async def find(self, digest: bytes, client_id: str, now: datetime) -> dict[str, str] | None:
        """The parameters that this client left, if they are still good."""
        return await self._session.scalar(
            select(PushedRequest.parameters).where(
                PushedRequest.hash == digest,
                PushedRequest.client_id == client_id,
                PushedRequest.expires_at > now,
            )
        )

    async def take(self, digest: bytes) -> bool:
        """Delete the request; of any number of concurrent callers exactly one gets True."""
        taken = await self._session.execute(
            delete(PushedRequest).where(PushedRequest.hash == digest).returning(PushedRequest.hash)
        )
        return taken.one_or_none() is not None

    async def forget(self, now: datetime) -> None:
        """Delete what has expired."""
        await self._session.execute(delete(PushedRequest).where(PushedRequest.expires_at <= now))
