"""Table of the sessions."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from argus.kernel.db.models import Base


class Session(Base):
    """What a person has with one client; its refresh tokens are one family.

    With Argus's own client it begins by signing in, with another one by letting that client in.
    """

    __tablename__ = "session"
    __table_args__ = {"schema": "auth"}

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID]
    client_id: Mapped[str]
    user_agent: Mapped[str]
    address: Mapped[str]
    strength: Mapped[list[str]]
    method: Mapped[str] = mapped_column(server_default="password")
    """How the person signed in: `password`, `passkey`, `email`, or the name of a provider."""
    identity_id: Mapped[UUID | None]
    """The linked identity by which the person signed in, if it was by one."""
    authenticated_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revocation_reason: Mapped[str | None]
    scopes: Mapped[list[str] | None]
    """None: Argus's own client, not limited by scopes."""
    audience: Mapped[str | None]
    """Whom its access tokens are for (RFC 8707 resource); None: this platform."""
    started_by: Mapped[UUID | None]
    """The session in which the person let this client in."""
    offline: Mapped[bool] = mapped_column(server_default="false")
    """Whether it goes on after the session that started it (OIDC core section 11)."""
    cnf_jkt: Mapped[str | None]
    """The key that its refresh tokens are bound to (RFC 9449 section 5)."""
    cookie_hash: Mapped[bytes | None]
    """Of the browser that is signed in by it."""
