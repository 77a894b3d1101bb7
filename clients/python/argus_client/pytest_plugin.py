"""Fixtures for the tests of a service that uses Argus: `argus_issuer`.

def test_reports_need_the_permission(argus_issuer, client):
    token = argus_issuer.token("results:read")
    assert client.get("/reports", headers={"Authorization": f"Bearer {token}"}).status_code == 200
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from argus_client.fake_argus import FakeArgus


@pytest.fixture
def argus_issuer(monkeypatch: pytest.MonkeyPatch) -> "Iterator[FakeArgus]":
    """An Argus of this test, which the environment names: a client without settings finds it."""
    from argus_client.fake_argus import FakeArgus

    with FakeArgus() as fake:
        for name, value in fake.environment.items():
            monkeypatch.setenv(name, value)
        yield fake
