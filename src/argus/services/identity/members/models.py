"""Memberships: which user is in which organization, and as what."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from argus.kernel.db.repository import TenantModel
from argus.kernel.ids import OrganizationId, UserId


class Membership(TenantModel):
    """One user in one organization, with at least one role."""

    __tablename__ = "memberships"
    __table_args__ = ({"schema": "identity"},)

    organization_id: Mapped[OrganizationId] = mapped_column(primary_key=True)
    user_id: Mapped[UserId] = mapped_column(primary_key=True)
    roles: Mapped[list[str]]
    joined_at: Mapped[datetime]
