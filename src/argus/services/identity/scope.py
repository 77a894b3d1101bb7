"""What row-level security lets a transaction see beside its caller's organization.

All ways around the tenant filter of this service stand here. Each is one setting of the running
transaction, gone when it ends, and opens no more than its policy in the migration says.
"""

from uuid import UUID

from sqlalchemy import text

from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.ids import OrganizationId, UserId


async def enter_organization(uow: UnitOfWork, organization_id: OrganizationId) -> None:
    """Make another organization than the caller's the transaction's tenant.

    For a caller who makes the organization. The earlier one's rows are out of reach from here on.
    """
    await _set(uow, "argus.organization_id", organization_id)


async def as_user(uow: UnitOfWork, user_id: UserId) -> None:
    """Show a user's own memberships, and the organizations they are in, for reading."""
    await _set(uow, "argus.user_id", user_id)


async def with_invitation(uow: UnitOfWork, invitation_id: UUID) -> None:
    """Show one invitation, whose token was verified; writing still needs its organization."""
    await _set(uow, "argus.invitation_id", invitation_id)


async def _set(uow: UnitOfWork, name: str, value: UUID) -> None:
    await uow.session.execute(
        text("select set_config(:name, :value, true)"), {"name": name, "value": str(value)}
    )
