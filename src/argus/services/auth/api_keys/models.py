"""Table of the API keys."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from argus.kernel.db.repository import TenantModel
from argus.kernel.ids import OrganizationId, UserId


class ApiKey(TenantModel):
    """A key of an organization, or a person's access token for it. The key itself is nowhere."""

    __tablename__ = "api_key"
    __table_args__ = {"schema": "auth"}

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    hint: Mapped[str]
    lookup: Mapped[bytes | None]
    """None while an imported key has not been used."""
    pepper_id: Mapped[str]
    slow_hash: Mapped[str | None]
    user_id: Mapped[UserId | None]
    service_account_id: Mapped[UUID | None]
    roles: Mapped[list[str]]
    scopes: Mapped[list[str]]
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    successor_id: Mapped[UUID | None]
    revoked_at: Mapped[datetime | None]
    revocation_reason: Mapped[str | None]


class PresentedKey(NamedTuple):
    """What decides about a key that somebody presents, as it stood when it was read."""

    id: UUID
    organization_id: OrganizationId
    name: str
    hint: str
    lookup: bytes | None
    pepper_id: str
    slow_hash: str | None
    user_id: UserId | None
    service_account_id: UUID | None
    roles: Sequence[str]
    scopes: Sequence[str]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
