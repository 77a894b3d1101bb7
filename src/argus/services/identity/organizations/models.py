"""Organizations: the tenants themselves."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from argus.kernel.db.repository import TenantModel
from argus.kernel.ids import OrganizationId


class Organization(TenantModel):
    """A tenant; `personal` ones have exactly one member, for good."""

    __tablename__ = "organizations"
    __table_args__ = ({"schema": "identity"},)

    organization_id: Mapped[OrganizationId] = mapped_column(primary_key=True)
    name: Mapped[str]
    personal: Mapped[bool]
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None] = mapped_column(default=None)
