"""The toy service on a database of its own, and its callers."""

from collections.abc import AsyncGenerator

import pytest

from support import toy as support_toy
from support.database import Server
from support.platform import FrozenClock


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
async def toy(server: Server, clock: FrozenClock) -> AsyncGenerator[support_toy.Toy]:
    async with support_toy.toy(server, clock) as running:
        yield running
