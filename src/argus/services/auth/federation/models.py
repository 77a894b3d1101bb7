"""Table of visits to providers."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from argus.kernel.db.models import Base


class ProviderVisit(Base):
    """A browser that is at a provider and will come back."""

    __tablename__ = "provider_visit"
    __table_args__ = {"schema": "auth"}

    hash: Mapped[bytes] = mapped_column(primary_key=True)
    browser_hash: Mapped[bytes]
    provider: Mapped[str]
    links_to: Mapped[UUID | None]
    links_in: Mapped[UUID | None]
    return_to: Mapped[str]
    expires_at: Mapped[datetime]
