"""Fixtures of the client's own tests: a client of the fake Argus, with clocks that can be moved."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from argus_client import ArgusClient
from argus_client.fake_argus import FakeArgus


@dataclass
class MovableClocks:
    """The machine's clocks, and how far they are ahead here."""

    wall_ahead: float = 0.0
    monotonic_ahead: float = 0.0

    def wall(self) -> float:
        return time.time() + self.wall_ahead

    def monotonic(self) -> float:
        return time.monotonic() + self.monotonic_ahead

    def advance(self, seconds: float) -> None:
        self.wall_ahead += seconds
        self.monotonic_ahead += seconds


Eventually = Callable[[Callable[[], object]], None]


@pytest.fixture
def eventually() -> Eventually:
    """Wait until something is so, at most five seconds."""

    def wait(is_so: Callable[[], object]) -> None:
        until = time.monotonic() + 5
        while not is_so():
            assert time.monotonic() < until, "it never came to be"

    return wait


@pytest.fixture
def clocks() -> MovableClocks:
    return MovableClocks()


@pytest.fixture
def argus(argus_issuer: FakeArgus, clocks: MovableClocks) -> Iterator[ArgusClient]:
    with ArgusClient(argus_issuer.settings, wall=clocks.wall, monotonic=clocks.monotonic) as client:
        yield client
