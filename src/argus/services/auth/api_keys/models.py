"""Table of the API keys."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from argus.kernel.db.repository import TenantModel


class ApiKey(TenantModel):
    """A key of an organization. The key itself is nowhere, only its HMAC."""

    __tablename__ = "api_key"
    __table_args__ = {"schema": "auth"}

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    hint: Mapped[str]
    lookup: Mapped[bytes]
    pepper_id: Mapped[str]
    scopes: Mapped[list[str]]
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    successor_id: Mapped[UUID | None]
    revoked_at: Mapped[datetime | None]
    revocation_reason: Mapped[str | None]
