from datetime import UTC, datetime

import pytest

from argus.services.qa.schedules.errors import CronInvalid
from argus.services.qa.schedules.times import check_times, times

FRIDAY = datetime(2030, 3, 29, 12, 0, tzinfo=UTC)


def test_the_next_times_are_later_than_now_in_utc() -> None:
    assert times("0 12 * * 1-5", "UTC", FRIDAY, 2) == [
        datetime(2030, 4, 1, 12, tzinfo=UTC),
        datetime(2030, 4, 2, 12, tzinfo=UTC),
    ]
    assert times("", "UTC", FRIDAY, 2) == []


def test_times_are_those_of_the_time_zone_also_when_its_clocks_change() -> None:
    spring = times("30 2 * * *", "Europe/Berlin", FRIDAY, 3)
    assert spring == [
        datetime(2030, 3, 30, 1, 30, tzinfo=UTC),
        datetime(2030, 3, 31, 1, 0, tzinfo=UTC),
        datetime(2030, 4, 1, 0, 30, tzinfo=UTC),
    ]
    before_autumn = datetime(2030, 10, 26, 12, tzinfo=UTC)
    autumn = times("30 2 * * *", "Europe/Berlin", before_autumn, 3)
    assert [(each.day, each.hour) for each in autumn] == [(27, 0), (27, 1), (28, 1)]


@pytest.mark.parametrize(
    "cron",
    ["x", "* * * *", "* * * * * *", "60 * * * *", "0 0 30 2 *", "@sometimes", "* * * * * * *", " "],
)
def test_what_is_no_cron_expression_or_never_due_is_refused(cron: str) -> None:
    with pytest.raises(CronInvalid):
        check_times(cron, "UTC")


@pytest.mark.parametrize("timezone", ["Berlin", "", "../../etc/passwd", "/etc/localtime", "\0"])
def test_what_is_no_time_zone_is_refused(timezone: str) -> None:
    with pytest.raises(CronInvalid):
        check_times("@daily", timezone)
