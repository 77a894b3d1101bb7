"""The table of the environments."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from argus.kernel.db.repository import TenantModel


class EnvironmentRow(TenantModel):
    """A place where an application of the organization runs, and what its tests need there."""

    __tablename__ = "environment"
    __table_args__ = {"schema": "qa"}

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    base_url: Mapped[str]
    read_only: Mapped[bool]
    variables: Mapped[dict[str, str]] = mapped_column(JSONB)
    login: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    roles: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    has_database: Mapped[bool]
    secret_names: Mapped[list[str]] = mapped_column(ARRAY(Text))
    """What steps may name; the passwords and the database's address are sealed beside them."""
    sealed_secrets: Mapped[bytes | None]
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
