"""SQL of invitations."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Select

from argus.kernel.db.repository import TenantRepository
from argus.services.identity.invitations.models import Invitation
from argus.services.identity.members.models import Membership
from argus.services.identity.organizations.models import Organization
from argus.services.identity.users.models import User


class InvitationRepository(TenantRepository[Invitation]):
    """Invitations of the unit's organization; and the one whose token is presented."""

    model = Invitation

    async def get(self, invitation_id: UUID) -> Invitation | None:
        return await self.one_or_none(self.scoped().where(Invitation.id == invitation_id))

    async def get_open_for_update(self, invitation_id: UUID, now: datetime) -> Invitation | None:
        statement = self._open(now).where(Invitation.id == invitation_id)
        return await self.one_or_none(statement.with_for_update())

    async def lock_open_to(self, email_key: str, now: datetime) -> list[Invitation]:
        statement = self._open(now).where(Invitation.email_key == email_key)
        return await self.all(statement.order_by(Invitation.id).with_for_update())

    async def page_open(self, after: UUID | None, limit: int, now: datetime) -> list[Invitation]:
        """Up to `limit` open invitations, oldest first."""
        statement = self._open(now).order_by(Invitation.id).limit(limit)
        if after is not None:
            statement = statement.where(Invitation.id > after)
        return await self.all(statement)

    async def get_presented(self, invitation_id: UUID) -> Invitation | None:
        """Any organization's, locked; needs `scope.with_invitation`."""
        return await self.one_or_none(
            self.unscoped("whoever holds the token may see its invitation")
            .where(Invitation.id == invitation_id)
            .with_for_update()
        )

    async def sender_roles(self, invitation: Invitation) -> list[str]:
        """The roles that its sender has today in its organization, which is the tenant.

        Empty when the sender left or was deactivated, or the organization was deleted.
        """
        statement = (
            self.unscoped("the organization was entered by its invitation")
            .join(Organization, Organization.organization_id == Invitation.organization_id)
            .join(
                Membership,
                (Membership.organization_id == Invitation.organization_id)
                & (Membership.user_id == Invitation.invited_by),
            )
            .join(User, User.id == Membership.user_id)
            .where(
                Invitation.id == invitation.id,
                Organization.deleted_at.is_(None),
                User.deactivated_at.is_(None),
            )
            .with_only_columns(Membership.roles)
        )
        return await self.session.scalar(statement) or []

    def _open(self, now: datetime) -> Select[Invitation]:
        return self.scoped().where(
            Invitation.accepted_at.is_(None),
            Invitation.revoked_at.is_(None),
            Invitation.expires_at > now,
        )
