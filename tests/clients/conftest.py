"""A platform that other programs reach, and a service of one of its organizations."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from argus_client import AsyncArgusClient, ClientSecret, Settings
from support.database import Server
from support.oauth import OAuth
from support.organizations import create_tenant
from support.served_client import PERMISSIONS, Served
from support.serving import served_platform


@pytest.fixture
async def served(server: Server, tmp_path: Path) -> AsyncGenerator[Served]:
    async with served_platform(server, tmp_path) as platform:
        acme = await create_tenant(platform, "ann@example.com", "Acme")
        client, _ = await OAuth(platform).machine(acme.owner, *PERMISSIONS)
        assert client.secret is not None
        secret = ClientSecret(client.id, client.secret)
        settings = Settings(url=platform.composition.settings.base_url, credentials=secret)
        async with AsyncArgusClient(settings) as argus:
            yield Served(platform, acme, argus, secret)
