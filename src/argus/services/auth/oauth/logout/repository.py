"""SQL of the sessions that are ended for, and told to, clients."""

from uuid import UUID

from sqlalchemy import select

from argus.kernel.db.unit_of_work import UnitOfWork
from argus.services.auth.sessions.models import Session


class LogoutRepository:
    """Reads sessions, ended ones too."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._session = uow.session

    async def find(self, session_id: UUID) -> Session | None:
        """The session with this id."""
        found = await self._session.execute(select(Session).where(Session.id == session_id))
        return found.scalar_one_or_none()
