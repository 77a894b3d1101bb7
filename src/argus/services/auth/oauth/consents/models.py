"""Table of the consents."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from argus.kernel.db.models import Base
from argus.kernel.ids import OrganizationId, UserId


@dataclass(frozen=True, kw_only=True)
class Given:
    """What a person agrees to now."""

    user_id: UserId
    client_id: str
    client_name: str
    audience: str
    organization_id: OrganizationId
    """For which the client may act."""
    scopes: tuple[str, ...]


class Consent(Base):
    """What a person lets a client do at an audience, until taken back."""

    __tablename__ = "consent"
    __table_args__ = {"schema": "auth"}

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID]
    client_id: Mapped[str]
    client_name: Mapped[str]
    """As the person was shown it."""
    audience: Mapped[str]
    bound_to: Mapped[UUID]
    scopes: Mapped[list[str]]
    given_at: Mapped[datetime]
