"""Recording and summing usage."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from argus.contracts.billing.events import UsageRecorded
from argus.kernel.clock import Clock
from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.errors import InvalidRequest
from argus.kernel.ids import format_id
from argus.kernel.principal import PrincipalKind
from argus.services.billing.tiers import Tiers
from argus.services.billing.usage.models import UsageTotal
from argus.services.billing.usage.repository import Usage, UsageRepository
from argus.services.billing.usage.schemas import UsageEventBody

PLATFORM_SOURCES = "argus."


@dataclass(frozen=True)
class Recorded:
    """`unmatched` of the accepted events are of a meter that no tier knows: kept, never billed."""

    accepted: int
    duplicates: int
    unmatched: int


class UsageService:
    """Usage of the caller's organization. Never commits: the unit of work does."""

    def __init__(self, uow: UnitOfWork, clock: Clock, tiers: Tiers) -> None:
        self._uow, self._clock, self._tiers = uow, clock, tiers
        self._usage = UsageRepository(uow)

    async def record(self, requests: Sequence[Sequence[UsageEventBody]]) -> list[Recorded]:
        """Count each event once per (source, id), for good; a late one counts in its own month.

        Several requests may be written together; what was new is told for each.

        Raises:
            InvalidRequest: a caller from outside names a source of the platform, by which its own
                charges would be taken for duplicates.
        """
        if self._uow.principal.kind is not PrincipalKind.SYSTEM and any(
            event.source.startswith(PLATFORM_SOURCES) for events in requests for event in events
        ):
            raise InvalidRequest(f"sources that begin with {PLATFORM_SOURCES} are the platform's")
        now = self._clock.now()
        uses = [
            Usage(
                number,
                event.source,
                event.id,
                event.meter,
                event.quantity,
                event.occurred_at or now,
            )
            for number, events in enumerate(requests)
            for event in events
        ]
        accepted, unmatched, quantities = Counter[int](), Counter[int](), Counter[str]()
        for added in await self._usage.record(uses, now):
            accepted[added.request] += added.events
            quantities[added.meter] += added.quantity
            if added.meter not in self._tiers.meters:
                unmatched[added.request] += added.events
        if accepted:
            await self._uow.emit(
                UsageRecorded(
                    organization_id=format_id("org", self._uow.organization_id),
                    quantities=dict(quantities),
                    duplicates=len(uses) - accepted.total(),
                )
            )
        return [
            Recorded(accepted[number], len(events) - accepted[number], unmatched[number])
            for number, events in enumerate(requests)
        ]

    async def used(self, meter: str) -> int:
        """How much of the meter was used this month."""
        return await self._usage.total(month_of(self._clock.now()), meter)

    async def totals(self, period: date) -> Sequence[UsageTotal]:
        """What was used in the month that begins with `period`, by meter."""
        return await self._usage.totals(period)


def month_of(time: datetime) -> date:
    """The billing period of a time: the first day of its month in UTC."""
    return time.astimezone(UTC).date().replace(day=1)
