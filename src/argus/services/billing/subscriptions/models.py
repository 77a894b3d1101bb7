"""Which tier an organization is on."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from argus.kernel.db.repository import TenantModel


class Subscription(TenantModel):
    """Absent means the default tier."""

    __tablename__ = "subscription"
    __table_args__ = {"schema": "billing"}

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    tier: Mapped[str]
    since: Mapped[datetime]
