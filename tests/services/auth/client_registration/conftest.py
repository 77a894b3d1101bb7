from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from support.auth import Auth
from support.database import Server
from support.platform import TestPlatform
from support.platform import platform as running


@pytest.fixture
async def platform(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[TestPlatform]:
    """An installation where clients register themselves."""
    monkeypatch.setenv("ARGUS_AUTH_DYNAMIC_REGISTRATION", "true")
    async with running(server, tmp_path) as made:
        yield made


@pytest.fixture
def auth(platform: TestPlatform) -> Auth:
    return Auth(platform)
