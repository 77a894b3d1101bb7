"""Table of the authorization codes."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from argus.kernel.db.models import Base


class AuthorizationCode(Base):
    """A code for a client, exchanged at most once."""

    __tablename__ = "authorization_code"
    __table_args__ = {"schema": "auth"}

    hash: Mapped[bytes] = mapped_column(primary_key=True)
    client_id: Mapped[str]
    user_id: Mapped[UUID]
    bound_to: Mapped[UUID]
    """The organization that the access tokens are for."""
    started_by: Mapped[UUID]
    """The browser session in which the person authorized the client."""
    redirect_uri: Mapped[str | None]
    code_challenge: Mapped[str]
    dpop_jkt: Mapped[str | None]
    scopes: Mapped[list[str]]
    audience: Mapped[str]
    nonce: Mapped[str | None]
    id_token_claims: Mapped[list[str]]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    session_id: Mapped[UUID | None]
