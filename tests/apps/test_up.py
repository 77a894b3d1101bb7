import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from pydantic import SecretStr

from argus.apps.up import Platform, held_ports, platform, running_platform
from argus.kernel.postgres import EmbeddedPostgres
from argus.kernel.processes import find, start_time
from argus.kernel.settings import KernelSettings

UP = [sys.executable, "-m", "argus", "up", "--json"]
PATIENCE_S = 240


def environment(home: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ARGUS_")}
    return kept | {"PYTHONPATH": "src", "ARGUS_HOME": str(home), **more}


@contextmanager
def started(home: Path) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """`argus up` on free ports, and what it printed when it was ready."""
    with subprocess.Popen(
        [*UP, "--port", "0"], stdout=subprocess.PIPE, text=True, env=environment(home)
    ) as supervisor:
        assert supervisor.stdout is not None
        try:
            answer = json.loads(supervisor.stdout.readline())
            assert "platform" in answer, answer
            yield supervisor, answer
        finally:
            supervisor.terminate()


def refused(home: Path, *arguments: str, **more: str) -> dict[str, str]:
    finished = subprocess.run(
        [*UP, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
        env=environment(home, **more),
    )
    assert finished.returncode == 2, finished.stderr
    return json.loads(finished.stdout)


def processes_of(home: Path) -> list[int]:
    """Every living process of a home's platform, by its environment or title."""
    found: list[int] = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if entry.name.isdigit() and str(home).encode() in (entry / "environ").read_bytes():
                found.append(int(entry.name))
    data = (home / "postgres" / "data").stat()
    return found + find("postgres", f"argus-{data.st_dev:x}-{data.st_ino:x}-")


def left_behind(home: Path) -> str:
    """What runs that should not, and what it says last."""
    logs = sorted((home / "logs").glob("*.log"))
    return "\n".join(
        [Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ") for pid in processes_of(home)]
        + [log.read_text()[-2000:] for log in logs]
    )


def child(home: Path, name: str) -> int:
    """The process of `argus serve` or `argus worker`: the leader of its session."""
    for pid in processes_of(home):
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        if name.encode() in command and os.getsid(pid) == pid:
            return pid
    raise LookupError(name)


def eventually(condition: Callable[[], bool]) -> bool:
    """Whether it becomes true in time."""
    pause = threading.Event()
    for _ in range(PATIENCE_S * 10):
        with suppress(OSError, LookupError, psycopg.Error, httpx.TransportError):
            if condition():
                return True
        pause.wait(0.1)
    return False


def is_healthy(ready: Platform) -> bool:
    return httpx.get(f"{ready.url}/health", trust_env=False, timeout=60).is_success


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def ready(home: Path) -> Iterator[Platform]:
    """A platform that runs while this module's tests do."""
    with started(home) as (_, answer):
        yield Platform.model_validate(answer["platform"])


def test_the_platform_that_is_ready_answers_and_is_found_by_its_home(
    home: Path, ready: Platform
) -> None:
    assert is_healthy(ready)
    assert running_platform(home) == ready


def test_a_second_start_on_the_same_home_is_refused(home: Path, ready: Platform) -> None:
    answer = refused(home, "--port", "0")
    assert answer["code"] == "kernel.platform.running"
    assert ready.url in answer["error"]
    assert answer["try"] == f"kill {ready.pid}"


@pytest.mark.parametrize("name", ["serve", "worker"])
def test_a_killed_child_is_started_again(home: Path, ready: Platform, name: str) -> None:
    killed = child(home, name)
    os.kill(killed, signal.SIGKILL)
    assert eventually(lambda: child(home, name) != killed)
    assert eventually(lambda: is_healthy(ready))


def test_a_killed_database_is_started_again_at_the_same_address(
    home: Path, ready: Platform
) -> None:
    postgres = EmbeddedPostgres(home)
    dsn, killed = postgres.dsn, postgres.status().pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    assert eventually(lambda: postgres.status().pid not in {None, killed})
    assert postgres.dsn == dsn
    with psycopg.connect(dsn) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert eventually(lambda: is_healthy(ready))


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A home whose supervisor was killed after the first start, and what that start said."""
    home = tmp_path_factory.mktemp("crashed")
    with started(home) as (supervisor, first):
        supervisor.kill()
        supervisor.wait()
    assert eventually(lambda: processes_of(home) == []), left_behind(home)
    return home, first


@pytest.mark.parametrize("with_signal", [signal.SIGINT, signal.SIGTERM])
def test_a_killed_supervisor_leaves_no_process_and_the_next_keeps_the_owner_until_a_signal_stops_it(
    crashed: tuple[Path, dict[str, Any]], with_signal: signal.Signals
) -> None:
    home, first = crashed
    assert running_platform(home) is None
    with started(home) as (supervisor, second):
        supervisor.send_signal(with_signal)
        assert supervisor.wait(PATIENCE_S) == 0
    assert processes_of(home) == []
    assert running_platform(home) is None
    assert first["owner"]["password"]
    assert second["owner"] is None


async def test_a_platform_for_a_block_ends_with_it(crashed: tuple[Path, dict[str, Any]]) -> None:
    home, _ = crashed
    async with platform(KernelSettings(home=home)) as found:
        assert is_healthy(found)
        assert running_platform(home) == found
    assert processes_of(home) == []


def test_a_taken_port_is_named_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        answer = refused(tmp_path, "--port", str(port), "--grpc-port", "0")
    assert answer["code"] == "kernel.platform.port_taken"
    assert f":{port}" in answer["error"]
    assert not (tmp_path / "postgres").exists()


def test_the_ports_are_nobody_elses_before_the_server_listens(tmp_path: Path) -> None:
    with held_ports(KernelSettings(home=tmp_path, http_port=0, grpc_port=0)) as ports:
        for port in ports:
            with socket.socket() as another, pytest.raises(OSError, match="in use"):
                another.bind(("127.0.0.1", port))
            with socket.create_server(("127.0.0.1", port)):
                pass


def test_a_start_beside_one_that_is_not_ready_yet_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    with (tmp_path / "run" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        answer = refused(tmp_path, "--port", "0")
    assert answer["code"] == "kernel.platform.running"
    assert "is starting" in answer["error"]


def test_a_database_that_does_not_answer_is_named(tmp_path: Path) -> None:
    address = "postgresql://nobody@127.0.0.1:1/none"
    answer = refused(tmp_path, "--port", "0", ARGUS_DATABASE_URL=address)
    assert answer["code"] == "kernel.postgres.unreachable"
    assert "127.0.0.1" in answer["error"]


def test_a_description_of_a_platform_that_is_gone_is_not_believed(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    file = tmp_path / "run" / "platform.json"
    started_ticks = start_time(os.getpid())
    assert started_ticks is not None
    own = Platform(
        pid=os.getpid(), started=started_ticks, url="http://x", grpc="x:1", home=tmp_path
    )
    file.write_text(own.model_dump_json())
    assert running_platform(tmp_path) == own
    file.write_text(own.model_copy(update={"started": started_ticks - 1}).model_dump_json())
    assert running_platform(tmp_path) is None
    file.write_text("{")
    assert running_platform(tmp_path) is None


def test_secrets_of_the_database_are_not_written_down(home: Path, ready: Platform) -> None:
    password = SecretStr((home / "postgres" / "password").read_text()).get_secret_value()
    logs = [*home.glob("*.log"), *(home / "logs").iterdir(), home / "run" / "platform.json"]
    assert ready.home == home
    assert all(password not in log.read_text() for log in logs)
