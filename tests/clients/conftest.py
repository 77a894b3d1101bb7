"""A platform that other programs reach, and a service of one of its organizations."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path

import pytest

from argus.services.auth.revocations import feed
from argus.services.auth.revocations.feed import RevocationFeed
from argus_client import AsyncArgusClient, ClientSecret, Settings
from support.database import Server
from support.oauth import OAuth
from support.organizations import create_tenant
from support.served_client import PERMISSIONS, Served
from support.serving import served_platform
from support.wire import becomes


@pytest.fixture
async def served(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[Served]:
    """It tells of revocations, however busy the machine is, and is trusted for longer than a test
    takes: its clock stands.
    """
    monkeypatch.setattr(feed, "CURRENT_S", 60.0)
    async with served_platform(server, tmp_path) as platform:
        known = platform.modules["auth"].resources.get(RevocationFeed)
        await becomes(lambda: known.is_current)
        acme = await create_tenant(platform, "ann@example.com", "Acme")
        client, _ = await OAuth(platform).machine(acme.owner, *PERMISSIONS)
        assert client.secret is not None
        secret = ClientSecret(client.id, client.secret)
        settings = Settings(
            url=platform.composition.settings.base_url,
            credentials=secret,
            staleness_bound=timedelta(minutes=15),
        )
        async with AsyncArgusClient(settings) as argus:
            yield Served(platform, acme, argus, secret)
