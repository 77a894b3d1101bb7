"""The two doors of an operation over HTTP: ahead of the framework, and through it."""

import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, cast

import httpx
import pytest

from plugins.operations import called
from support.platform import TestPlatform
from support.serving import serving


@asynccontextmanager
async def hot_doors(platform: TestPlatform) -> AsyncGenerator[httpx.AsyncClient]:
    """A client of the platform behind its server, which asks the hot doors first. The platform's
    own client knows the framework only.
    """
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        async with (
            serving(platform.app, listening, platform.app.doors),
            httpx.AsyncClient(
                base_url=url, trust_env=False, event_hooks={"response": [called]}
            ) as client,
        ):
            yield client


@pytest.fixture
async def ahead(platform: TestPlatform, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[None]:
    """Let the platform's own client ask the hot doors first, too."""
    async with hot_doors(platform) as client:
        monkeypatch.setattr(platform, "client", client)
        yield


@pytest.fixture(params=["ahead of the framework", "through the framework"])
def door(request: pytest.FixtureRequest) -> None:
    """Run the test once at each door."""
    if cast("Any", request).param == "ahead of the framework":
        request.getfixturevalue("ahead")
