"""An installation that people enter by GitHub."""

from collections.abc import Iterator

import pytest

from support.federated import start as start  # noqa: PLC0414 - a fixture of this folder
from support.loopback import GitHub, Issuer, Signer, serving


@pytest.fixture
def github() -> Iterator[GitHub]:
    server = GitHub()
    with serving(server):
        yield server


@pytest.fixture(scope="session")
def signer() -> Signer:
    return Signer()


@pytest.fixture
def issuer(signer: Signer) -> Iterator[Issuer]:
    server = Issuer(signer)
    with serving(server):
        yield server
