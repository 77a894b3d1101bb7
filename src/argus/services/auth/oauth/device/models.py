"""Table of the device authorizations."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from argus.kernel.db.models import Base


class DeviceAuthorization(Base):
    """A device that waits for a person to let it in (RFC 8628)."""

    __tablename__ = "device_authorization"
    __table_args__ = {"schema": "auth"}

    device_code_hash: Mapped[bytes] = mapped_column(primary_key=True)
    user_code_hash: Mapped[bytes]
    client_id: Mapped[str]
    scopes: Mapped[list[str] | None]
    """None: not limited; Argus's own client only."""
    audience: Mapped[str]
    address: Mapped[str]
    """Where the device is."""
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    interval_s: Mapped[int]
    polled_at: Mapped[datetime | None]
    decision: Mapped[str | None]
    user_id: Mapped[UUID | None]
    bound_to: Mapped[UUID | None]
    """The organization that the access tokens are for."""
    started_by: Mapped[UUID | None]
