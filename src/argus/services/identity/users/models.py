"""Users belong to no organization: they are found through themselves or a membership."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from argus.kernel.db.models import Base
from argus.kernel.ids import UserId


class User(Base):
    """A person. `email_key` is `addresses.address_key(email)`, and unique."""

    __tablename__ = "users"
    __table_args__ = ({"schema": "identity"},)

    id: Mapped[UserId] = mapped_column(primary_key=True)
    email: Mapped[str]
    email_key: Mapped[str]
    email_verified: Mapped[bool]
    name: Mapped[str]
    created_at: Mapped[datetime]
    deactivated_at: Mapped[datetime | None] = mapped_column(default=None)

    @property
    def active(self) -> bool:
        return self.deactivated_at is None
