"""Tables of learnt heals."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from argus.kernel.db.repository import TenantModel
from argus.kernel.ids import OrganizationId
from argus.services.qa.learnt import PatternState


class HealingPattern(TenantModel):
    """A heal that was proven; at most one in use for an element of an application."""

    __tablename__ = "healing_pattern"
    __table_args__ = {"schema": "qa"}

    id: Mapped[UUID] = mapped_column(primary_key=True)
    app: Mapped[str]
    element: Mapped[str]
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    was: Mapped[str]
    becomes: Mapped[str]
    score: Mapped[float]
    margin: Mapped[float]
    reasons: Mapped[list[str]]
    state: Mapped[PatternState]
    run_id: Mapped[UUID]
    test_id: Mapped[str]
    step: Mapped[str]
    uses: Mapped[int]
    decided_by: Mapped[str]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]


class HealingPolicy(TenantModel):
    """What an organization approves without being asked."""

    __tablename__ = "healing_policy"
    __table_args__ = {"schema": "qa"}

    organization_id: Mapped[OrganizationId] = mapped_column(primary_key=True)
    least_score: Mapped[float]
    least_margin: Mapped[float]
    changed_by: Mapped[str]
    changed_at: Mapped[datetime]
