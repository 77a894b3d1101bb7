"""The client's table of roles follows the contracts."""

from pathlib import Path

from argus.contracts.permissions import CREDENTIALS, ROLE_PERMISSIONS
from argus_client import roles
from checks import client

ROOT = Path(__file__).parents[2]


def test_the_client_decides_by_the_contracts() -> None:
    assert roles.ROLE_PERMISSIONS == ROLE_PERMISSIONS
    assert roles.CREDENTIALS == CREDENTIALS


def test_a_table_that_is_not_current_is_reported(tmp_path: Path) -> None:
    assert client.check(ROOT) == []
    [problem] = client.check(tmp_path)
    assert "make docs" in problem
    client.write(tmp_path)
    assert client.check(tmp_path) == []
