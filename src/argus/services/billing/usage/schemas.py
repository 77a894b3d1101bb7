"""What usage takes and gives."""

from datetime import date, datetime

from pydantic import AwareDatetime, Field

from argus.kernel import schema

MAX_EVENTS = 1000


class UsageEventBody(schema.Request):
    """One use. The same (source, id) again is not counted again."""

    id: str = Field(min_length=1, max_length=200)
    source: str = Field(min_length=1, max_length=100)
    meter: str = Field(min_length=1, max_length=100)
    quantity: int = Field(default=1, ge=0, le=10**12)
    occurred_at: AwareDatetime | None = None
    """Absent means now."""


class RecordUsage(schema.Request):
    events: list[UsageEventBody] = Field(min_length=1, max_length=MAX_EVENTS)


class UsageAccepted(schema.Response):
    """`unmatched` of the accepted events are of a meter that no tier knows."""

    accepted: int
    duplicates: int
    unmatched: int


class MeterTotal(schema.Response):
    meter: str
    quantity: int
    events: int


class UsageView(schema.Response):
    """Usage of one month; `period` is its first day."""

    period: date
    meters: list[MeterTotal]
    as_of: datetime
