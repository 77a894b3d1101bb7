"""Which tier an organization is on."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from argus.kernel.db.repository import TenantModel
from argus.kernel.ids import OrganizationId


class Subscription(TenantModel):
    """Absent means the default tier."""

    __tablename__ = "subscription"
    __table_args__ = {"schema": "billing"}

    organization_id: Mapped[OrganizationId] = mapped_column(primary_key=True)
    tier: Mapped[str]
    since: Mapped[datetime]
