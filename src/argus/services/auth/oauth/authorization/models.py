"""Table of the pushed requests."""

from datetime import datetime

from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from argus.kernel.db.models import Base


class PushedRequest(Base):
    """Parameters of an authorization request that the client has left here (RFC 9126)."""

    __tablename__ = "pushed_request"
    __table_args__ = {"schema": "auth"}

    hash: Mapped[bytes] = mapped_column(primary_key=True)
    client_id: Mapped[str]
    parameters: Mapped[dict[str, str]] = mapped_column(JSONB)
    expires_at: Mapped[datetime]
