"""Table of providers' tokens."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from argus.kernel.db.models import Base


class UpstreamToken(Base):
    """What a provider gave for one identity, sealed."""

    __tablename__ = "upstream_token"
    __table_args__ = {"schema": "auth"}

    identity_id: Mapped[UUID] = mapped_column(primary_key=True)
    sealed_tokens: Mapped[bytes]
    obtained_at: Mapped[datetime]
    refreshing_until: Mapped[datetime | None]
