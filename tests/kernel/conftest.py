"""The toy service on a database of its own, and its callers; Valkey."""

from collections.abc import AsyncGenerator, Generator

import pytest

from argus.kernel.ids import new_id
from argus.kernel.valkey import Valkey
from support import toy as support_toy
from support.database import Server
from support.platform import FrozenClock
from support.stopwatch import Stopwatch
from support.valkey import ValkeyServer, valkey_server


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
async def toy(server: Server, clock: FrozenClock) -> AsyncGenerator[support_toy.Toy]:
    async with support_toy.toy(server, clock) as running:
        yield running


@pytest.fixture
def watch() -> Stopwatch:
    return Stopwatch()


@pytest.fixture
def valkey_process() -> Generator[ValkeyServer]:
    with valkey_server() as running:
        yield running


@pytest.fixture
async def valkey(valkey_process: ValkeyServer, watch: Stopwatch) -> AsyncGenerator[Valkey]:
    valkey = Valkey(valkey_process.url, f"test_{new_id().hex}", watch, timeout_s=5)
    yield valkey
    await valkey.close()
