"""Table of what organizations demand."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Mapped, mapped_column

from argus.kernel.db.repository import TenantModel
from argus.kernel.ids import OrganizationId


class SecurityRow(TenantModel):
    """What one organization demands; None is not limited."""

    __tablename__ = "organization_security"
    __table_args__ = {"schema": "auth"}

    organization_id: Mapped[OrganizationId] = mapped_column(primary_key=True)
    mfa_required: Mapped[bool]
    sign_in_methods: Mapped[list[str] | None]
    email_domains: Mapped[list[str] | None]
    session_life: Mapped[timedelta | None]
    session_idle: Mapped[timedelta | None]
    address_ranges: Mapped[list[str] | None]
    api_key_life: Mapped[timedelta | None]
    changed_by: Mapped[str]
    changed_at: Mapped[datetime]
