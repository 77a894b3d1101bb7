"""SQL of authorization codes, pushed requests and consents. Only hashes of secrets are stored."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.ids import new_id
from argus.services.auth.oauth.authorization.models import (
    AuthorizationCode,
    Consent,
    PushedRequest,
)
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


class ConsentRepository:
    """What people let clients do."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._session = uow.session

    async def find(self, user_id: UUID, client_id: str, audience: str) -> Consent | None:
        """What the person lets the client do there."""
        found = await self._session.execute(
            select(Consent).where(
                Consent.user_id == user_id,
                Consent.client_id == client_id,
                Consent.audience == audience,
            )
        )
        return found.scalar_one_or_none()

    async def list_of(self, user_id: UUID) -> list[Consent]:
        """All consents of the person, the oldest first."""
        found = await self._session.execute(
            select(Consent).where(Consent.user_id == user_id).order_by(Consent.id)
        )
        return list(found.scalars())

    async def put(
        self,
        user_id: UUID,
        client_id: str,
        audience: str,
        *,
        bound_to: UUID,
        scopes: list[str],
        now: datetime,
    ) -> None:
        """Remember what the person lets the client do there from now on."""
        given = {"bound_to": bound_to, "scopes": scopes, "given_at": now}
        await self._session.execute(
            insert(Consent)
            .values(id=new_id(), user_id=user_id, client_id=client_id, audience=audience, **given)
            .on_conflict_do_update(constraint="consent_subject", set_=given)
        )

    async def delete(self, user_id: UUID, consent_id: UUID) -> Consent | None:
        """Take back a consent of the person; returns what it was."""
        deleted = await self._session.execute(
            delete(Consent)
            .where(Consent.user_id == user_id, Consent.id == consent_id)
            .returning(Consent)
        )
        return deleted.scalar_one_or_none()
