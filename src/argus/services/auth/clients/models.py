"""Tables of the OAuth clients."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from argus.kernel.db.models import Base
from argus.kernel.db.repository import TenantModel


class ClientRow(TenantModel):
    """A client that an organization registered."""

    __tablename__ = "client"
    __table_args__ = {"schema": "auth"}

    id: Mapped[UUID] = mapped_column(primary_key=True)
    service_account_id: Mapped[UUID | None]
    resources: Mapped[list[str]]
    metadata_: Mapped[dict[str, Any]] = mapped_column("metadata")
    authorization_servers: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class ClientSecret(TenantModel):
    """A secret of a client. The secret itself is nowhere, only its hash."""

    __tablename__ = "client_secret"
    __table_args__ = {"schema": "auth"}

    id: Mapped[UUID] = mapped_column(primary_key=True)
    client_id: Mapped[UUID]
    digest: Mapped[bytes]
    hint: Mapped[str]
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]


class OpenClient(Base):
    """A client that no organization registered: a metadata document, or one that registered itself.

    `fresh_until` is None for the latter.
    """

    __tablename__ = "open_client"
    __table_args__ = {"schema": "auth"}

    client_id: Mapped[str] = mapped_column(primary_key=True)
    metadata_: Mapped[dict[str, Any]] = mapped_column("metadata")
    secret_digest: Mapped[bytes | None]
    access_digest: Mapped[bytes | None]
    """Of the token with which it manages its registration."""
    read_at: Mapped[datetime]
    fresh_until: Mapped[datetime | None]
