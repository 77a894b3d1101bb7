"""Tables of the suites."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from argus.kernel.db.repository import TenantModel


class SuiteRow(TenantModel):
    """A suite by its name; what it holds is in its versions, of which `latest` is the newest."""

    __tablename__ = "suite"
    __table_args__ = {"schema": "qa"}

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    app_url: Mapped[str]
    latest: Mapped[int]
    created_by: Mapped[str]
    created_at: Mapped[datetime]


class SuiteVersionRow(TenantModel):
    """What a suite was at one time; never changed. Numbers count from 1."""

    __tablename__ = "suite_version"
    __table_args__ = {"schema": "qa"}

    suite_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    tests: Mapped[int]
    run_id: Mapped[UUID | None]
    created_by: Mapped[str]
    created_at: Mapped[datetime]
