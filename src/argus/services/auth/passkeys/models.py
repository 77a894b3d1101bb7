"""Tables of passkeys, and of the challenges they sign."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from argus.kernel.db.models import Base


class Passkey(Base):
    """A credential of WebAuthn: its private key stays in the person's authenticator."""

    __tablename__ = "passkey"
    __table_args__ = {"schema": "auth"}

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID]
    credential_id: Mapped[bytes]
    public_key: Mapped[bytes]
    """COSE."""
    sign_count: Mapped[int]
    transports: Mapped[list[str]]
    synced: Mapped[bool]
    """It may be copied to other devices, so it is no proof of one device."""
    name: Mapped[str]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]


class PasskeyChallenge(Base):
    """What an authenticator has to sign; good for one answer."""

    __tablename__ = "passkey_challenge"
    __table_args__ = {"schema": "auth"}

    challenge: Mapped[bytes] = mapped_column(primary_key=True)
    purpose: Mapped[str]
    user_id: Mapped[UUID | None]
    expires_at: Mapped[datetime]
