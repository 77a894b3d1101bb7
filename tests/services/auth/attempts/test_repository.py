from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from argus.kernel.principal import system
from argus.services.auth.attempts.repository import FORGOTTEN_AFTER, AttemptRepository
from support.platform import NOW, TestPlatform

ACCOUNT, ADDRESS = b"an account", b"an address"
MOMENT = timedelta(milliseconds=1)


async def count(platform: TestPlatform, subjects: Sequence[bytes], now: datetime) -> list[int]:
    async with platform.unit_of_work("auth", system("auth")) as uow:
        counted = await AttemptRepository(uow).count(subjects, now)
    return [counted[subject] for subject in subjects if subject in counted]


async def test_attempts_are_counted_of_all_subjects(platform: TestPlatform) -> None:
    assert await count(platform, [ACCOUNT, ADDRESS], NOW) == [1, 1]
    assert await count(platform, [ADDRESS], NOW) == [2]
    assert await count(platform, [ACCOUNT, ADDRESS], NOW) == [2, 3]


async def test_a_blocked_subject_is_not_counted_until_its_time(platform: TestPlatform) -> None:
    await count(platform, [ACCOUNT], NOW)
    async with platform.unit_of_work("auth", system("auth")) as uow:
        attempts = AttemptRepository(uow)
        await attempts.block(ACCOUNT, NOW + MOMENT)
        assert await attempts.blocked_until([ACCOUNT, ADDRESS]) == NOW + MOMENT
    assert await count(platform, [ACCOUNT, ADDRESS], NOW) == [1]
    assert await count(platform, [ACCOUNT], NOW + MOMENT) == [2]


@pytest.mark.parametrize("after_success", [False, True])
async def test_who_looked_at_the_clock_earlier_may_come_later(
    platform: TestPlatform, *, after_success: bool
) -> None:
    """Of two attempts at once neither is refused, whichever the database sees first."""
    await count(platform, [ACCOUNT, ADDRESS], NOW)
    if after_success:
        async with platform.unit_of_work("auth", system("auth")) as uow:
            await AttemptRepository(uow).succeeded(ACCOUNT, ADDRESS, 1, NOW)
    assert await count(platform, [ADDRESS], NOW - MOMENT) == [1 if after_success else 2]


async def test_a_subject_without_attempts_for_long_starts_anew(platform: TestPlatform) -> None:
    await count(platform, [ACCOUNT], NOW)
    assert await count(platform, [ACCOUNT], NOW + FORGOTTEN_AFTER + MOMENT) == [1]
