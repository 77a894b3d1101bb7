"""Two organizations that know nothing of each other, and a client without rate limits."""

from collections.abc import AsyncGenerator
from dataclasses import replace

import httpx
import pytest

from argus import __version__
from argus.kernel.http.app import create_app
from argus.kernel.principal import Principal
from argus.kernel.rate_limits.limits import RateLimits
from plugins.operations import called
from support.belongings import Belongings, fill
from support.organizations import Tenant, create_tenant
from support.platform import STRONG, TestPlatform


@pytest.fixture
async def acme(platform: TestPlatform) -> Tenant:
    return await create_tenant(platform, "ada@acme.example", "acme")


@pytest.fixture
async def globex(platform: TestPlatform) -> Tenant:
    """Its owner is signed in as strongly as any operation asks."""
    tenant = await create_tenant(platform, "gil@globex.example", "globex")
    owner = await platform.sign_in(tenant.owner.email, tenant.id, factor=STRONG)
    return replace(tenant, owner=owner)


@pytest.fixture
async def belongings(platform: TestPlatform, acme: Tenant) -> Belongings:
    """What acme has."""
    return await fill(platform, acme, "acme")


@pytest.fixture
async def unlimited(platform: TestPlatform) -> AsyncGenerator[httpx.AsyncClient]:
    """A client of the platform whose callers may ask as often as they like."""

    async def limit_of(_principal: Principal) -> int:
        return 1_000_000

    limits = RateLimits(limit_of, address_per_minute=1_000_000, anonymous_per_minute=1_000_000)
    edge = replace(platform.composition.edge(), limits=limits)
    app = create_app(edge, platform.composition.modules, __version__)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=("127.0.0.1", 1))
    async with httpx.AsyncClient(
        transport=transport, base_url="http://argus.test", event_hooks={"response": [called]}
    ) as client:
        yield client
