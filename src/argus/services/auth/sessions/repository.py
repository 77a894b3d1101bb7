"""SQL of sessions. A session is its user's: every statement names the user."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update

from argus.kernel.db.unit_of_work import UnitOfWork
from argus.services.auth.sessions.models import Session


class SessionRepository:
    """Live means neither revoked nor expired."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._session = uow.session

    async def add(self, session: Session) -> None:
        """Insert at once, since refresh tokens refer to it."""
        self._session.add(session)
        await self._session.flush()

    async def expiry_of_live(self, session_id: UUID, now: datetime) -> datetime | None:
        """When that session expires; None if it has ended. It cannot end before this unit does."""
        return await self._session.scalar(
            select(Session.expires_at)
            .where(Session.id == session_id, Session.revoked_at.is_(None), Session.expires_at > now)
            .with_for_update(read=True)
        )

    async def lock_live(self, session_id: UUID, now: datetime) -> Session | None:
        """The session, which nobody else changes before this unit ends; None if it has ended."""
        return await self._session.scalar(
            select(Session)
            .where(Session.id == session_id, Session.revoked_at.is_(None), Session.expires_at > now)
            .with_for_update()
        )

    async def list_live(self, user_id: UUID, now: datetime) -> list[Session]:
        """The newest first."""
        statement = (
            select(Session)
            .where(
                Session.user_id == user_id, Session.revoked_at.is_(None), Session.expires_at > now
            )
            .order_by(Session.id.desc())
        )
        return list((await self._session.execute(statement)).scalars())

    async def live_of_client(self, client_id: str, now: datetime) -> list[Session]:
        """The client's, of whatever users."""
        statement = select(Session).where(
            Session.client_id == client_id, Session.revoked_at.is_(None), Session.expires_at > now
        )
        return list((await self._session.execute(statement)).scalars())

    async def revoke(
        self,
        user_id: UUID,
        now: datetime,
        reason: str,
        *,
        only: UUID | None = None,
        but: UUID | None = None,
        begun_with: UUID | None = None,
    ) -> list[UUID]:
        """Revoke live sessions of the user: all, `only` one, all `but` one, or those `begun_with` a
        linked identity; returns which.
        """
        statement = update(Session).where(
            Session.user_id == user_id, Session.revoked_at.is_(None), Session.expires_at > now
        )
        if only is not None:
            statement = statement.where(Session.id == only)
        if but is not None:
            statement = statement.where(Session.id != but)
        if begun_with is not None:
            statement = statement.where(Session.identity_id == begun_with)
        revoked = await self._session.execute(
            statement.values(revoked_at=now, revocation_reason=reason).returning(Session.id)
        )
        return list(revoked.scalars())

    async def find(self, session_id: UUID | None) -> Session | None:
        """The session, live or ended."""
        return await self._session.scalar(select(Session).where(Session.id == session_id))

    async def places_before(self, session: Session) -> list[tuple[str, str]]:
        """User agents and addresses of the user's sessions with the same client that began before
        this one, live or ended, each pair once.
        """
        statement = (
            select(Session.user_agent, Session.address)
            .where(
                Session.user_id == session.user_id,
                Session.client_id == session.client_id,
                Session.id < session.id,
            )
            .distinct()
        )
        return [(row.user_agent, row.address) for row in await self._session.execute(statement)]

    async def revoke_started_by(
        self, starters: Sequence[UUID], now: datetime, reason: str
    ) -> dict[UUID, UUID]:
        """Revoke the live sessions that these started and that do not outlive them; returns which,
        each with its user: who impersonates starts sessions of others.
        """
        revoked = await self._session.execute(
            update(Session)
            .where(
                Session.started_by.in_(starters),
                Session.offline.is_(False),
                Session.revoked_at.is_(None),
            )
            .values(revoked_at=now, revocation_reason=reason)
            .returning(Session.id, Session.user_id)
        )
        return {row.id: row.user_id for row in revoked}

    async def delete_expired(self, before: datetime) -> None:
        """Delete sessions that expired before then, with their refresh tokens."""
        await self._session.execute(delete(Session).where(Session.expires_at < before))
