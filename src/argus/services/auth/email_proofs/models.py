"""Table of the proofs that were mailed."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from argus.kernel.db.models import Base


class Purpose(StrEnum):
    """What a proof is good for."""

    VERIFY = "verify"
    SIGN_IN_LINK = "sign_in_link"
    SIGN_IN_CODE = "sign_in_code"
    RESET_PASSWORD = "reset_password"  # noqa: S105 - a purpose
    SIGN_UP = "sign_up"


class EmailProof(Base):
    """Somebody is asked to show that they read mail at an address."""

    __tablename__ = "email_proof"
    __table_args__ = {"schema": "auth"}

    id: Mapped[UUID] = mapped_column(primary_key=True)
    purpose: Mapped[Purpose]
    user_id: Mapped[UUID | None]
    """None: the address was unknown, which whoever asked is not told; or it is a sign-up."""
    sealed_sign_up: Mapped[bytes | None]
    """The account that is made once the address is proven."""
    attempts: Mapped[int]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
