"""Platforms of real processes; see `support/processes.py`."""

from collections.abc import Iterator

import pytest

from support.processes import RunningPlatform, running


@pytest.fixture(scope="module")
def argus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPlatform]:
    """A platform that runs while this module's tests do."""
    with running(tmp_path_factory.mktemp("argus")) as platform:
        yield platform


@pytest.fixture(scope="session")
def tested(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPlatform]:
    """The platform of all tests of `argus qa run`, and of those that change nothing on it."""
    with running(tmp_path_factory.mktemp("tested")) as platform:
        yield platform
