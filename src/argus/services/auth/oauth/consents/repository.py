"""SQL of consents."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.ids import new_id
from argus.services.auth.oauth.consents.models import Consent, Given


class ConsentRepository:
    """One consent for each person, client and audience."""

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

    async def put(self, given: Given, scopes: list[str], now: datetime) -> None:
        """Remember these scopes, in place of what was remembered."""
        remembered = {
            "client_name": given.client_name,
            "bound_to": given.organization_id,
            "scopes": scopes,
            "given_at": now,
        }
        await self._session.execute(
            insert(Consent)
            .values(
                id=new_id(),
                user_id=given.user_id,
                client_id=given.client_id,
                audience=given.audience,
                **remembered,
            )
            .on_conflict_do_update(constraint="consent_subject", set_=remembered)
        )

    async def remove_all(self, user_id: UUID) -> None:
        """The person lets no client do anything any more."""
        await self._session.execute(delete(Consent).where(Consent.user_id == user_id))

    async def delete(self, user_id: UUID, consent_id: UUID) -> Consent | None:
        """Take back a consent of the person; returns what it was."""
        deleted = await self._session.execute(
            delete(Consent)
            .where(Consent.user_id == user_id, Consent.id == consent_id)
            .returning(Consent)
        )
        return deleted.scalar_one_or_none()
