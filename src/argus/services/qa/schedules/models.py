"""The table of the schedules."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from argus.kernel.db.repository import TenantModel


class ScheduleRow(TenantModel):
    """When to run what. `next_due` is null while it is paused, and where there is no cron."""

    __tablename__ = "schedule"
    __table_args__ = {"schema": "qa"}

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    suite_id: Mapped[UUID | None]
    """The suite whose latest version is replayed; null: the run that `wanted` describes."""
    wanted: Mapped[dict[str, Any]] = mapped_column(JSONB)
    sealed_password: Mapped[bytes | None]
    sealed_secrets: Mapped[bytes | None]
    """Tokens, and the passwords of other roles (`target_secrets`)."""
    cron: Mapped[str]
    timezone: Mapped[str]
    paused: Mapped[bool]
    next_due: Mapped[datetime | None]
    sealed_secret: Mapped[bytes]
    """Signs the announcements of deploys."""
    last_due: Mapped[datetime | None]
    last_run_id: Mapped[UUID | None]
    last_error: Mapped[str]
    """Why the last due time had no run; empty: it had one."""
    created_by: Mapped[str]
    created_at: Mapped[datetime]
