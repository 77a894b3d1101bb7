"""Table of the passwords."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from argus.kernel.db.models import Base


class Password(Base):
    """A user's password, hashed."""

    __tablename__ = "password"
    __table_args__ = {"schema": "auth"}

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    hash: Mapped[str]
    pepper_id: Mapped[str]
    set_at: Mapped[datetime]
