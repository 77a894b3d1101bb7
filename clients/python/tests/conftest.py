"""Fixtures of the client's own tests: a client of the fake Argus, with clocks that can be moved."""

from collections.abc import Iterator

import pytest

from argus_client import ArgusClient
from argus_client.fake_argus import FakeArgus
from client_support import MovableClocks


@pytest.fixture
def clocks() -> MovableClocks:
    return MovableClocks()


@pytest.fixture
def argus(argus_issuer: FakeArgus, clocks: MovableClocks) -> Iterator[ArgusClient]:
    with ArgusClient(argus_issuer.settings, wall=clocks.wall, monotonic=clocks.monotonic) as client:
        yield client
