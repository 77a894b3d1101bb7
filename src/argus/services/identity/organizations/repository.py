"""SQL of organizations."""

from dataclasses import dataclass

from sqlalchemy import Select

from argus.kernel.db.repository import TenantRepository
from argus.kernel.ids import OrganizationId, UserId
from argus.services.identity.members.models import Membership
from argus.services.identity.organizations.models import Organization
from argus.services.identity.users.models import User


@dataclass(frozen=True)
class OwnOrganization:
    """An organization of a user, and the user's roles in it."""

    user: User
    organization: Organization
    roles: list[str]


class OrganizationRepository(TenantRepository[Organization]):
    """The unit's organization; and, for a user, the organizations the user is in."""

    model = Organization

    async def get(self, organization_id: OrganizationId) -> Organization | None:
        """None for a deleted one, and for any but the unit's own."""
        return await self.one_or_none(self._live(organization_id))

    async def get_for_update(self, organization_id: OrganizationId) -> Organization | None:
        return await self.one_or_none(self._live(organization_id).with_for_update())

    async def list_of(self, user_id: UserId) -> list[OwnOrganization]:
        """The personal one first, then by name; needs `scope.as_user`."""
        statement = (
            self.unscoped("a user's own memberships, in all organizations")
            .join(Membership, Membership.organization_id == Organization.organization_id)
            .join(User, User.id == Membership.user_id)
            .where(Membership.user_id == user_id, Organization.deleted_at.is_(None))
            .order_by(Organization.personal.desc(), Organization.name, Organization.organization_id)
            .add_columns(Membership.roles, User)
        )
        rows = (await self.session.execute(statement)).all()
        return [OwnOrganization(user, organization, roles) for organization, roles, user in rows]

    def _live(self, organization_id: OrganizationId) -> Select[Organization]:
        return self.scoped().where(
            Organization.organization_id == organization_id, Organization.deleted_at.is_(None)
        )
