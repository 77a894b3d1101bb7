"""The auth service of a running platform."""

import pytest

from support.auth import Auth
from support.oauth import OAuth
from support.organizations import Tenant, create_tenant
from support.platform import TestPlatform


@pytest.fixture
def auth(platform: TestPlatform) -> Auth:
    return Auth(platform)


@pytest.fixture
async def acme(platform: TestPlatform) -> Tenant:
    """Ada's organization; she is its only member."""
    return await create_tenant(platform, "ada@example.com", "Acme")


@pytest.fixture
def oauth(platform: TestPlatform) -> OAuth:
    return OAuth(platform)
