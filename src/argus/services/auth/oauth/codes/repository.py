"""SQL of authorization codes. Only hashes are stored."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select, update

from argus.kernel.db.unit_of_work import UnitOfWork
from argus.services.auth.oauth.codes.models import AuthorizationCode
from argus.services.auth.sessions.models import Session

REUSE_DETECTION = timedelta(days=1)
"""A code that expired longer ago is forgotten: unknown instead of reused, refused either way."""


class CodeRepository:
    """Exchange is decided by `consume`, in one statement."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._session = uow.session

    async def add(self, code: AuthorizationCode) -> None:
        """Insert a new code."""
        self._session.add(code)
        await self._session.flush()

    async def get(self, digest: bytes) -> tuple[AuthorizationCode, Session] | None:
        """The code with the browser session it was made in, as they stand."""
        found = await self._session.execute(
            select(AuthorizationCode, Session)
            .join(Session, Session.id == AuthorizationCode.started_by)
            .where(AuthorizationCode.hash == digest)
        )
        row = found.one_or_none()
        return (row[0], row[1]) if row else None

    async def consume(self, digest: bytes, now: datetime) -> bool:
        """Use the code; of any number of concurrent callers exactly one gets True.

        The person must still be signed in where they gave it.
        """
        used = await self._session.execute(
            update(AuthorizationCode)
            .where(
                AuthorizationCode.hash == digest,
                AuthorizationCode.used_at.is_(None),
                AuthorizationCode.expires_at > now,
                Session.id == AuthorizationCode.started_by,
                Session.revoked_at.is_(None),
                Session.expires_at > now,
            )
            .values(used_at=now)
            .returning(AuthorizationCode.hash)
        )
        return used.one_or_none() is not None

    async def exchanged(self, digest: bytes, session_id: UUID) -> None:
        """Note what the code was exchanged for."""
        await self._session.execute(
            update(AuthorizationCode)
            .where(AuthorizationCode.hash == digest)
            .values(session_id=session_id)
        )

    async def forget(self, now: datetime) -> None:
        """Delete codes that expired long ago."""
        await self._session.execute(
            delete(AuthorizationCode).where(AuthorizationCode.expires_at < now - REUSE_DETECTION)
        )
