"""SQL of refresh tokens. Only hashes are stored."""

from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update

from argus.kernel.db.unit_of_work import UnitOfWork
from argus.services.auth.sessions.models import Session
from argus.services.auth.tokens.models import RefreshToken

REUSE_DETECTION = timedelta(days=7)
"""A token that was used longer ago is forgotten: unknown instead of reused, refused either way."""


class RefreshTokenRepository:
    """Rotation is decided by `consume`, in one statement."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._session = uow.session

    async def get(self, digest: bytes) -> tuple[RefreshToken, Session] | None:
        """The token with its session, as they stand."""
        found = await self._session.execute(
            select(RefreshToken, Session)
            .join(Session, Session.id == RefreshToken.session_id)
            .where(RefreshToken.hash == digest)
        )
        row = found.one_or_none()
        return (row[0], row[1]) if row else None

    async def consume(self, digest: bytes, client_id: str, jkt: str | None, now: datetime) -> bool:
        """Use the token; of any number of concurrent callers exactly one gets True.

        Only its client may, with the key that it is bound to, if it is.
        """
        used = await self._session.execute(
            update(RefreshToken)
            .where(
                RefreshToken.hash == digest,
                RefreshToken.used_at.is_(None),
                Session.id == RefreshToken.session_id,
                Session.client_id == client_id,
                or_(Session.cnf_jkt.is_(None), Session.cnf_jkt == jkt),
                Session.revoked_at.is_(None),
                Session.expires_at > now,
            )
            .values(used_at=now)
            .returning(RefreshToken.hash)
        )
        return used.one_or_none() is not None

    async def add(self, token: RefreshToken) -> None:
        """Insert a new token of the family."""
        self._session.add(token)
        await self._session.flush()

    async def answer(self, token: RefreshToken, sealed: bytes, now: datetime) -> None:
        """Keep what the consumed token was answered with; its session was seen."""
        await self._session.execute(
            update(RefreshToken).where(RefreshToken.hash == token.hash).values(sealed_answer=sealed)
        )
        await self._session.execute(
            update(Session).where(Session.id == token.session_id).values(last_seen_at=now)
        )

    async def forget(self, now: datetime, grace: timedelta) -> None:
        """Drop answers past their grace window, and tokens used long ago."""
        await self._session.execute(
            update(RefreshToken)
            .where(RefreshToken.used_at < now - grace, RefreshToken.sealed_answer.is_not(None))
            .values(sealed_answer=None)
        )
        await self._session.execute(
            delete(RefreshToken).where(
                RefreshToken.used_at < now - REUSE_DETECTION, RefreshToken.sealed_answer.is_(None)
            )
        )
