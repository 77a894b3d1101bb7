"""Valkey, and what a process asks it through."""

from collections.abc import AsyncGenerator, Generator

import pytest

from argus.kernel.ids import new_id
from argus.kernel.valkey import Valkey
from support.valkey import ValkeyServer, valkey_server


@pytest.fixture
def server() -> Generator[ValkeyServer]:
    with valkey_server() as running:
        yield running


class Stopwatch:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.s = 1000.0

    def __call__(self) -> float:
        return self.s


@pytest.fixture
def watch() -> Stopwatch:
    return Stopwatch()


@pytest.fixture
async def valkey(server: ValkeyServer, watch: Stopwatch) -> AsyncGenerator[Valkey]:
    valkey = Valkey(server.url, f"test_{new_id().hex}", watch)
    yield valkey
    await valkey.close()
