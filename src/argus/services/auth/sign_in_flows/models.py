"""Table of sign-ins under way."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from argus.kernel.db.models import Base


class SignInFlow(Base):
    """A person who passed the first factor, and has to pass another."""

    __tablename__ = "sign_in_flow"
    __table_args__ = {"schema": "auth"}

    hash: Mapped[bytes] = mapped_column(primary_key=True)
    user_id: Mapped[UUID]
    bound_to: Mapped[UUID | None]
    """The organization that the tokens are to be for."""
    strength: Mapped[list[str]]
    method: Mapped[str]
    identity_id: Mapped[UUID | None]
    return_to: Mapped[str]
    attempts: Mapped[int]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
