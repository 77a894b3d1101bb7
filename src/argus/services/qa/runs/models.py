"""Tables of the runs."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from argus.kernel.db.repository import TenantModel
from argus.services.qa.runs.schemas import Goal, RunState


class Run(TenantModel):
    """One run. What is sealed is erased when the run ends."""

    __tablename__ = "run"
    __table_args__ = {"schema": "qa"}

    id: Mapped[UUID] = mapped_column(primary_key=True)
    app_url: Mapped[str]
    status: Mapped[RunState]
    options: Mapped[dict[str, Any]] = mapped_column(JSONB)
    sealed_password: Mapped[bytes | None]
    sealed_secrets: Mapped[bytes | None]
    """Tokens, and the passwords of other roles (`target_secrets`)."""
    suite: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """What was asked to be replayed; after the end, the suite that ran."""
    seed: Mapped[int]
    error: Mapped[str]
    error_code: Mapped[str]
    report: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    last_event: Mapped[int]
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    goal: Mapped[Goal]
    suite_id: Mapped[UUID | None]
    suite_version: Mapped[int | None]
    schedule_id: Mapped[UUID | None]
    due_at: Mapped[datetime | None]
    environment: Mapped[str | None]
    """Its name when the run was started."""
    pages: Mapped[list[str] | None] = mapped_column(JSONB)
    """URL templates of the pages that discovery found."""
    spent_s: Mapped[float]
    """Of the time budget, by all executions so far."""


class TestResultRow(TenantModel):
    """A test's judgement, written once."""

    __tablename__ = "test_result"
    __table_args__ = {"schema": "qa"}

    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    test_id: Mapped[str] = mapped_column(primary_key=True)
    result: Mapped[dict[str, Any]] = mapped_column(JSONB)


class RunEvent(TenantModel):
    """Progress, numbered from 1 without gaps, in the order it was committed."""

    __tablename__ = "run_event"
    __table_args__ = {"schema": "qa"}

    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    type: Mapped[str]
    data: Mapped[dict[str, Any]] = mapped_column(JSONB)
    at: Mapped[datetime]
