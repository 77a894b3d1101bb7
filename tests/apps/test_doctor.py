import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from argus.apps.cli import app
from argus.apps.doctor import Check, examine
from argus.kernel.postgres import EmbeddedPostgres
from argus.kernel.settings import KernelSettings
from support.upstreams import held_port


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[KernelSettings]:
    monkeypatch.delenv("ARGUS_DATABASE_URL", raising=False)
    monkeypatch.delenv("ARGUS_MASTER_KEY", raising=False)
    with held_port() as http, held_port() as grpc:
        yield KernelSettings(home=tmp_path / "home", http_port=http, grpc_port=grpc)


def check(settings: KernelSettings, name: str) -> Check:
    return next(check for check in examine(settings) if check.name == name)


def test_a_machine_with_everything_passes_and_nothing_is_changed(settings: KernelSettings) -> None:
    assert {found.status for found in examine(settings)} <= {"ok", "warn"}
    assert not settings.home.exists()


def test_a_taken_port_is_named(settings: KernelSettings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        found = check(settings.model_copy(update={"grpc_port": port}), "Ports")
    assert found.status == "fail"
    assert str(port) in found.detail
    assert found.remedy == "argus up --port 0"


def test_a_key_file_that_others_can_read_fails(settings: KernelSettings) -> None:
    settings.home.mkdir()
    key = settings.home / "master.key"
    key.touch(0o600)
    assert check(settings, "Master key").status == "ok"
    key.chmod(0o644)
    found = check(settings, "Master key")
    assert (found.status, found.remedy) == ("fail", f"chmod 600 {key}")


def test_a_home_that_cannot_be_written_fails(settings: KernelSettings) -> None:
    found = check(settings.model_copy(update={"home": Path("/proc/argus")}), "Home")
    assert found.status == "fail"


def test_a_database_that_does_not_answer_fails(
    settings: KernelSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARGUS_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    found = check(KernelSettings(home=settings.home), "PostgreSQL")
    assert found.status == "fail"
    assert "ARGUS_DATABASE_URL" in found.remedy


def test_a_running_embedded_database_is_asked(settings: KernelSettings) -> None:
    with EmbeddedPostgres(settings.home):
        assert check(settings, "PostgreSQL").detail.startswith("version 18 answers")


@pytest.mark.parametrize("key_mode", [0o600, 0o644])
def test_the_command_exits_with_1_when_a_check_failed(
    settings: KernelSettings, key_mode: int
) -> None:
    settings.home.mkdir()
    (settings.home / "master.key").touch(key_mode)
    (settings.home / "master.key").chmod(key_mode)
    environment = {
        "ARGUS_HOME": str(settings.home),
        "ARGUS_HTTP_PORT": str(settings.http_port),
        "ARGUS_GRPC_PORT": str(settings.grpc_port),
    }
    result = CliRunner().invoke(app, ["doctor", "--json"], env=os.environ | environment)
    statuses = {found["name"]: found["status"] for found in json.loads(result.stdout)["checks"]}
    failed = key_mode == 0o644
    assert result.exit_code == int(failed)
    assert statuses["Master key"] == ("fail" if failed else "ok")
