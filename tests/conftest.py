"""Fixtures of the whole suite; what they give is described in `support/`."""

import gc
from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import pytest

from argus.kernel.telemetry import configure_logging
from support import database, settings
from support import platform as support_platform

configure_logging("warning")
settings.remember()


@pytest.fixture(scope="session")
def server() -> Generator[database.Server]:
    """PostgreSQL of this test process."""
    with database.server() as running:
        gc.freeze()  # all of Argus is imported: no collection needs to look at it again
        yield running


@pytest.fixture
async def platform(
    server: database.Server, tmp_path: Path
) -> AsyncGenerator[support_platform.TestPlatform]:
    """The whole of Argus in this process, on a database of its own."""
    async with support_platform.platform(server, tmp_path) as running:
        yield running
