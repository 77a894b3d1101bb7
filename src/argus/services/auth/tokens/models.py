"""Table of the refresh tokens."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from argus.kernel.db.models import Base


class RefreshToken(Base):
    """A refresh token. A session's tokens are one family, each the parent of the next."""

    __tablename__ = "refresh_token"
    __table_args__ = {"schema": "auth"}

    hash: Mapped[bytes] = mapped_column(primary_key=True)
    session_id: Mapped[UUID]
    parent: Mapped[bytes | None]
    bound_to: Mapped[UUID]
    """The organization that the access tokens are for."""
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    sealed_answer: Mapped[bytes | None]
