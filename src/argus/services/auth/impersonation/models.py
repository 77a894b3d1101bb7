"""Tables of impersonations, and of who may begin one."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from argus.kernel.db.repository import TenantModel
from argus.kernel.ids import UserId


class Impersonation(TenantModel):
    """An administrator acts as somebody; its id is that of the session in which it happens."""

    __tablename__ = "impersonation"
    __table_args__ = {"schema": "auth"}

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UserId]
    administrator_id: Mapped[UserId]
    reason: Mapped[str]
    started_at: Mapped[datetime]
    ends_at: Mapped[datetime]


class ImpersonationGrant(TenantModel):
    """Somebody holds `admin:impersonate`, which no role has, until it expires."""

    __tablename__ = "impersonation_grant"
    __table_args__ = {"schema": "auth"}

    user_id: Mapped[UserId] = mapped_column(primary_key=True)
    granted_by: Mapped[UserId]
    granted_at: Mapped[datetime]
    expires_at: Mapped[datetime]
