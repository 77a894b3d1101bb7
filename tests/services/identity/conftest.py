"""Two tenants."""

import pytest

from support.organizations import Tenant, create_tenant
from support.platform import TestPlatform


@pytest.fixture
async def acme(platform: TestPlatform) -> Tenant:
    """Ada's organization; she is its only member."""
    return await create_tenant(platform, "ada@example.com", "Acme")


@pytest.fixture
async def globex(platform: TestPlatform) -> Tenant:
    """Another tenant, Greta's."""
    return await create_tenant(platform, "greta@example.com", "Globex")
