"""SQL of memberships."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.dialects.postgresql import insert

from argus.kernel.db.repository import TenantRepository
from argus.kernel.ids import OrganizationId, UserId
from argus.services.identity.members.models import Membership
from argus.services.identity.users.models import User


@dataclass(frozen=True)
class Member:
    """A membership and the user it is of."""

    membership: Membership
    user: User


class MemberRepository(TenantRepository[Membership]):
    """Memberships of the unit's organization."""

    model = Membership

    async def lock_owners(self) -> set[UserId]:
        """The owners who can sign in, locked until the unit ends.

        Whoever changes or removes a member locks them first, always in this order: two owners
        cannot demote each other at once, and neither waits for the other in a circle.
        """
        statement = (
            self.scoped()
            .join(User, User.id == Membership.user_id)
            .where(Membership.roles.contains(["owner"]), User.deactivated_at.is_(None))
            .order_by(Membership.user_id)
            .with_for_update(of=Membership)
            .with_only_columns(Membership.user_id)
        )
        return set((await self.session.scalars(statement)).all())

    async def get_for_update(self, user_id: UserId) -> Membership | None:
        return await self.one_or_none(
            self.scoped().where(Membership.user_id == user_id).with_for_update()
        )

    async def get(self, user_id: UserId) -> Membership | None:
        return await self.one_or_none(self.scoped().where(Membership.user_id == user_id))

    async def page(self, after: UserId | None, limit: int) -> list[Member]:
        """Up to `limit` members, in the order of their registration as users."""
        statement = (
            self.scoped()
            .join(User, User.id == Membership.user_id)
            .order_by(Membership.user_id)
            .limit(limit)
            .add_columns(User)
        )
        if after is not None:
            statement = statement.where(Membership.user_id > after)
        rows = (await self.session.execute(statement)).all()
        return [Member(membership, user) for membership, user in rows]

    async def add_unless_member(
        self, organization_id: OrganizationId, user_id: UserId, roles: list[str], now: datetime
    ) -> bool:
        """False when the user is a member already, also by an acceptance under way."""
        statement = (
            insert(Membership)
            .values(organization_id=organization_id, user_id=user_id, roles=roles, joined_at=now)
            .on_conflict_do_nothing()
            .returning(Membership.user_id)
        )
        return await self.session.scalar(statement) is not None

    async def remove(self, membership: Membership) -> None:
        await self.session.delete(membership)
