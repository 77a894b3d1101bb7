"""The auth service of a running platform."""

import time

import pytest

from argus.kernel.rate_limits.limits import RateLimits
from argus.services.auth.revocations import feed
from argus.services.auth.revocations.feed import RevocationFeed
from support.auth import Auth
from support.oauth import OAuth
from support.organizations import Tenant, create_tenant
from support.platform import TestPlatform
from support.wire import becomes


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


@pytest.fixture
def limits(platform: TestPlatform, monkeypatch: pytest.MonkeyPatch) -> RateLimits:
    """The platform's limits, where no time passes: nobody may ask again meanwhile."""
    limits, now_s = platform.composition.limits, time.monotonic()
    monkeypatch.setattr(limits, "_elapsed_s", lambda: now_s)
    return limits


@pytest.fixture
async def vouching(auth: Auth, monkeypatch: pytest.MonkeyPatch) -> None:
    """The feed vouches for what is remembered, however busy the machine is: on one that holds a
    process up for a second it does not, and everything is found out anew.
    """
    monkeypatch.setattr(feed, "CURRENT_S", 60.0)
    known = auth.resources.get(RevocationFeed)
    await becomes(lambda: known.is_current)
