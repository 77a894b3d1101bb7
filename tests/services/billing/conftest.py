"""Two tenants, and the shipped tiers."""

import pytest

from argus.services.billing.tiers import Tiers, load_tiers
from support.platform import Caller, TestPlatform


@pytest.fixture
def tiers() -> Tiers:
    return load_tiers(None)


@pytest.fixture
async def owner(platform: TestPlatform) -> Caller:
    return await platform.owner()


@pytest.fixture
async def stranger(platform: TestPlatform) -> Caller:
    """The owner of another organization."""
    return await platform.owner()
