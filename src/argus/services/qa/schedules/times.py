# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
# croniter has no types, and this is the one module that uses it.
"""When a schedule is due: cron expressions of five fields, in a time zone."""

from datetime import UTC, datetime
from itertools import islice
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from croniter import croniter

from argus.services.qa.schedules.errors import CronInvalid

_FIELDS = 5


def check_times(cron: str, timezone: str) -> None:
    """Raises CronInvalid: not an expression that is ever due, or not a time zone."""
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise CronInvalid(f"{timezone}: not a time zone, such as UTC or Europe/Berlin") from None
    if not (cron.startswith("@") or len(cron.split()) == _FIELDS) or not croniter.is_valid(cron):
        raise CronInvalid(f"{cron}: write minute, hour, day of month, month, day of week")
    try:
        times(cron, timezone, datetime(2000, 1, 1, tzinfo=UTC), 1)
    except ValueError:
        raise CronInvalid(f"{cron}: there is no such day") from None


def times(cron: str, timezone: str, after: datetime, count: int) -> list[datetime]:
    """The next times later than `after`, in UTC. None for an empty expression.

    A time that the clocks skip in spring is due when they have skipped it; one that comes twice in
    autumn is due twice.
    """
    if not cron:
        return []
    found = croniter(cron, after.astimezone(ZoneInfo(timezone))).all_next(datetime)
    return [each.astimezone(UTC) for each in islice(found, count)]
