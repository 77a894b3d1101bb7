"""Table of the sessions."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from argus.kernel.db.models import Base


class Session(Base):
    """A person signed in, with one client; the refresh tokens since then are one family."""

    __tablename__ = "session"
    __table_args__ = {"schema": "auth"}

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID]
    client_id: Mapped[str]
    user_agent: Mapped[str]
    address: Mapped[str]
    strength: Mapped[list[str]]
    authenticated_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revocation_reason: Mapped[str | None]
