"""All SQL of usage."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

import orjson
from sqlalchemy import text

from argus.kernel.db.repository import TenantRepository
from argus.services.billing.usage.models import UsageTotal

_RECORD = Path(__file__).with_name("record_usage.sql").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Usage:
    """One use of a meter; (source, id) identifies it for good."""

    request: int
    """Which of the requests that are written together tells of it."""
    source: str
    id: str
    meter: str
    quantity: int
    occurred_at: datetime


class Added(NamedTuple):
    """What of a request was new, of one meter."""

    request: int
    meter: str
    quantity: int
    events: int


class UsageRepository(TenantRepository[UsageTotal]):
    """Events, and their sums by month and meter."""

    model = UsageTotal

    async def record(self, events: Sequence[Usage], now: datetime) -> list[Added]:
        """Insert what is new, in one statement; per request and meter what that was.

        Of several events with one identity in `events` the first counts.
        """
        rows = await self.session.execute(
            text(_RECORD),
            {
                "organization_id": self.organization_id,
                "events": orjson.dumps(events).decode(),
                "now": now,
            },
        )
        return [Added(*row) for row in rows]

    async def total(self, period: date, meter: str) -> int:
        found = await self.one_or_none(
            self.scoped().where(UsageTotal.period == period, UsageTotal.meter == meter)
        )
        return found.quantity if found else 0

    async def totals(self, period: date) -> Sequence[UsageTotal]:
        return await self.all(
            self.scoped().where(UsageTotal.period == period).order_by(UsageTotal.meter)
        )
