"""All SQL of usage."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import orjson
from sqlalchemy import text

from argus.kernel.db.repository import TenantRepository
from argus.services.billing.usage.models import UsageTotal

_RECORD = Path(__file__).with_name("record_usage.sql").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Usage:
    """One use of a meter; (source, id) identifies it for good."""

    source: str
    id: str
    meter: str
    quantity: int
    occurred_at: datetime


class UsageRepository(TenantRepository[UsageTotal]):
    """Events, and their sums by month and meter."""

    model = UsageTotal

    async def record(self, events: Sequence[Usage], now: datetime) -> dict[str, tuple[int, int]]:
        """Insert what is new, in one statement; per meter the quantity and number of new events.

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
        return {row.meter: (row.quantity, row.events) for row in rows}

    async def total(self, period: date, meter: str) -> int:
        found = await self.one_or_none(
            self.scoped().where(UsageTotal.period == period, UsageTotal.meter == meter)
        )
        return found.quantity if found else 0

    async def totals(self, period: date) -> Sequence[UsageTotal]:
        return await self.all(
            self.scoped().where(UsageTotal.period == period).order_by(UsageTotal.meter)
        )
