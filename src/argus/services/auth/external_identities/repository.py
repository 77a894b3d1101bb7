"""SQL of linked identities."""

from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from argus.kernel.db.unit_of_work import UnitOfWork
from argus.services.auth.external_identities.models import ExternalIdentity


class ExternalIdentityRepository:
    """An identity belongs to one user; issuer and subject name it."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._session = uow.session

    async def find(self, issuer: str, subject: str) -> ExternalIdentity | None:
        """The identity, if a user has it."""
        return await self._session.scalar(
            select(ExternalIdentity).where(
                ExternalIdentity.issuer == issuer, ExternalIdentity.subject == subject
            )
        )

    async def add_unless_known(self, identity: dict[str, object]) -> bool:
        """False when some user has it."""
        statement = (
            insert(ExternalIdentity)
            .values(identity)
            .on_conflict_do_nothing(constraint="external_identity_subject")
            .returning(ExternalIdentity.id)
        )
        return await self._session.scalar(statement) is not None

    async def used(self, identity_id: UUID, label: str, now: datetime) -> None:
        """Somebody signed in by it; `label` is what the provider calls them now."""
        await self._session.execute(
            update(ExternalIdentity)
            .where(ExternalIdentity.id == identity_id)
            .values(last_used_at=now, label=label)
        )

    async def of_user(self, user_id: UUID) -> list[ExternalIdentity]:
        """The oldest first."""
        return list(
            await self._session.scalars(
                select(ExternalIdentity)
                .where(ExternalIdentity.user_id == user_id)
                .order_by(ExternalIdentity.id)
            )
        )

    async def remove(self, user_id: UUID, identity_id: UUID) -> str | None:
        """Remove one of the user's, with the tokens kept for it; returns its provider's name."""
        return await self._session.scalar(
            delete(ExternalIdentity)
            .where(ExternalIdentity.user_id == user_id, ExternalIdentity.id == identity_id)
            .returning(ExternalIdentity.provider)
        )

    async def remove_older(self, user_id: UUID, than: datetime) -> int:
        """Remove those of the user that were linked before; returns how many."""
        removed = await self._session.execute(
            delete(ExternalIdentity).where(
                ExternalIdentity.user_id == user_id, ExternalIdentity.created_at < than
            )
        )
        return cast("CursorResult[object]", removed).rowcount

    async def disable(self, user_id: UUID, now: datetime) -> None:
        """The user is deactivated."""
        await self._session.execute(
            update(ExternalIdentity)
            .where(ExternalIdentity.user_id == user_id)
            .values(disabled_at=now)
        )
