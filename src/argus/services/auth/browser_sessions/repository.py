"""SQL of the cookies that stand for sessions. Only hashes are stored."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update

from argus.kernel.db.unit_of_work import UnitOfWork
from argus.services.auth.sessions.models import Session


class BrowserSessionRepository:
    """A session has at most one cookie, and a cookie one session."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._session = uow.session

    async def find_live(self, digest: bytes, now: datetime) -> Session | None:
        """The session behind a cookie, neither revoked nor expired."""
        found = await self._session.execute(
            select(Session).where(
                Session.cookie_hash == digest,
                Session.revoked_at.is_(None),
                Session.expires_at > now,
            )
        )
        return found.scalar_one_or_none()

    async def set_cookie(self, session_id: UUID, digest: bytes) -> UUID:
        """From now on this cookie stands for the session, and no earlier one; returns the user."""
        bound = await self._session.execute(
            update(Session)
            .where(Session.id == session_id)
            .values(cookie_hash=digest)
            .returning(Session.user_id)
        )
        return bound.scalar_one()

    async def hand_over(self, before: UUID, after: UUID) -> None:
        """The clients that the person let in by one session belong to another one now."""
        await self._session.execute(
            update(Session).where(Session.started_by == before).values(started_by=after)
        )

    async def seen(self, session: Session, now: datetime, at_most_every: timedelta) -> None:
        """The session is in use."""
        if now - session.last_seen_at >= at_most_every:
            await self._session.execute(
                update(Session).where(Session.id == session.id).values(last_seen_at=now)
            )
