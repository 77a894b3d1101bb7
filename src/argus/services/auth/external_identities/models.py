"""Table of linked identities."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from argus.kernel.db.models import Base


class ExternalIdentity(Base):
    """A user as a provider knows them."""

    __tablename__ = "external_identity"
    __table_args__ = {"schema": "auth"}

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID]
    provider: Mapped[str]
    """Name of the provider through which it was linked."""
    issuer: Mapped[str]
    subject: Mapped[str]
    label: Mapped[str]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
