"""SQL of impersonations, and of who may begin one."""

from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import CursorResult, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from argus.kernel.db.repository import TenantRepository
from argus.kernel.ids import UserId
from argus.services.auth.impersonation.models import Impersonation, ImpersonationGrant
from argus.services.auth.sessions.models import Session


class ImpersonationRepository(TenantRepository[Impersonation]):
    """Impersonations of the unit's organization; and the one whose session a browser shows."""

    model = Impersonation

    async def get(self, session_id: UUID) -> Impersonation | None:
        """The organization's."""
        return await self.one_or_none(self.scoped().where(Impersonation.id == session_id))

    async def find(self, session_id: UUID) -> Impersonation | None:
        """Any organization's, for who has its session or began it."""
        await self.session.execute(
            select(func.set_config("argus.impersonation", str(session_id), True))
        )
        statement = self.unscoped(reason="a browser shows its session's cookie, and no tenant")
        return await self.one_or_none(statement.where(Impersonation.id == session_id))

    async def page(
        self, before: UUID | None, limit: int
    ) -> list[tuple[Impersonation, datetime | None]]:
        """The newest first, each with when its session was ended early, if that is still known."""
        statement = (
            self.scoped()
            .outerjoin(Session, Session.id == Impersonation.id)
            .order_by(Impersonation.id.desc())
            .limit(limit)
            .add_columns(Session.revoked_at)
        )
        if before is not None:
            statement = statement.where(Impersonation.id < before)
        rows = (await self.session.execute(statement)).all()
        return [(impersonation, revoked_at) for impersonation, revoked_at in rows]


class GrantRepository(TenantRepository[ImpersonationGrant]):
    """Grants of the unit's organization, at most one a person."""

    model = ImpersonationGrant

    async def holds(self, user_id: UserId, now: datetime) -> bool:
        """Whether the person holds one now."""
        statement = self.scoped().where(
            ImpersonationGrant.user_id == user_id, ImpersonationGrant.expires_at > now
        )
        return await self.one_or_none(statement) is not None

    async def put(self, values: dict[str, object]) -> None:
        """A grant, in place of an earlier one of the same person."""
        statement = insert(ImpersonationGrant).values(
            organization_id=self.organization_id, **values
        )
        await self.session.execute(
            statement.on_conflict_do_update(
                index_elements=["organization_id", "user_id"], set_=values
            )
        )

    async def list_live(self, now: datetime) -> list[ImpersonationGrant]:
        """The latest first."""
        statement = self.scoped().where(ImpersonationGrant.expires_at > now)
        return await self.all(statement.order_by(ImpersonationGrant.granted_at.desc()))

    async def remove(self, user_id: UserId) -> bool:
        """Whether there was one."""
        removed = await self.session.execute(
            delete(ImpersonationGrant).where(
                ImpersonationGrant.organization_id == self.organization_id,
                ImpersonationGrant.user_id == user_id,
            )
        )
        return cast("CursorResult[object]", removed).rowcount > 0
