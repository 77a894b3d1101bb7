"""A log to look at and to tamper with."""

import pytest

from support.audit import Log
from support.platform import TestPlatform


@pytest.fixture
async def log(platform: TestPlatform) -> Log:
    """A log with five entries of its own making after those of the registration."""
    log = Log(platform, await platform.owner())
    for number in range(5):
        await log.record(number)
    await platform.relay()
    return log
