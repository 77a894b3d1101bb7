"""Table of what tests did when they passed."""

from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from argus.kernel.db.repository import TenantModel


class PassingTrail(TenantModel):
    """The trail of a test's last passing execution on an application."""

    __tablename__ = "passing_trail"
    __table_args__ = {"schema": "qa"}

    app: Mapped[str] = mapped_column(primary_key=True)
    test_id: Mapped[str] = mapped_column(primary_key=True)
    trail: Mapped[list[Any]] = mapped_column(JSONB)
    run_id: Mapped[UUID]
