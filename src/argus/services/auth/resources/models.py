"""Table of the resources."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from argus.kernel.db.repository import TenantModel


class ResourceRow(TenantModel):
    """An API that tokens can be for. `scopes` holds what each allows, by its name."""

    __tablename__ = "resource"
    __table_args__ = {"schema": "auth"}

    id: Mapped[UUID] = mapped_column(primary_key=True)
    identifier: Mapped[str]
    lookup: Mapped[str]
    name: Mapped[str]
    scopes: Mapped[dict[str, Any]]
    created_by: Mapped[str]
    created_at: Mapped[datetime]
