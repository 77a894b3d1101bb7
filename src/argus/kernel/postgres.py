"""The embedded PostgreSQL: one server per `ARGUS_HOME`, under our own supervision.

Layout of `<home>/postgres`: `data` (the cluster), `password` (of the superuser, mode 0600), `port`
(the last one used) and `lock`, held with flock(2) by the process that runs the server, as long as
it does. The server ends with that process, also after `kill -9`; so whoever gets the lock knows
that a server still seen is a leftover. Whoever does not get it shares the running server.
"""

import fcntl
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg

from argus.kernel.errors import ArgusError
from argus.kernel.postgres_installation import Installation, PostgresCannotStart, find_installation
from argus.kernel.processes import end, find, start_time

SUPERUSER = "argus"
DATABASE = "argus"

_START_TIMEOUT_S = 60.0
"""Covers the recovery after a crash."""
_STOP_TIMEOUT_S = 10.0
_POLL_S = 0.02
_LOG_LIMIT_BYTES = 10 * 2**20

_TUNING = {
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %u@%d ",
    "log_checkpoints": "off",
    "shared_buffers": "128MB",
    "work_mem": "8MB",
    "effective_cache_size": "1GB",
    "random_page_cost": "1.1",
    "io_workers": "1",
    "jit": "off",
    # Containers have 64 MB of /dev/shm, which a parallel hash join exceeds.
    "max_parallel_workers_per_gather": "0",
}
"""Written to postgresql.conf when the cluster is made; an operator may change them there."""


class PostgresVersionMismatch(ArgusError):
    """The data folder was written by another major version of PostgreSQL than the installed one.

    Dump the data with the old version and restore it into a new `ARGUS_HOME`, or keep the old
    version running and name it in `ARGUS_DATABASE_URL`, or set `ARGUS_HOME` to another folder.
    """

    code, status, title = "kernel.postgres.version_mismatch", 503, "Data of another PostgreSQL"


class PostgresUnreachable(ArgusError):
    """PostgreSQL does not answer at the address in `ARGUS_DATABASE_URL`.

    Start it, or correct the address (`postgresql://user:password@host:port/database`), or unset the
    variable to use the embedded PostgreSQL.
    """

    code, status, title = "kernel.postgres.unreachable", 503, "PostgreSQL unreachable"


def server_version(dsn: str) -> int:
    """Major version of the PostgreSQL that answers at the address.

    Raises:
        PostgresUnreachable: with the reason that the driver gives.
    """
    try:
        with psycopg.connect(dsn, connect_timeout=5) as connection:
            return connection.info.server_version // 10000
    except psycopg.Error as error:
        raise PostgresUnreachable(str(error).strip()) from error


@dataclass(frozen=True)
class PostgresStatus:
    """What is known of a home's server without touching it."""

    pid: int | None
    """Of the running server; None if none runs."""
    port: int | None
    """The last one used; None before the first start."""
    data: Path


class EmbeddedPostgres:
    """Starts and stops the PostgreSQL server of one home folder.

    Listens on 127.0.0.1 only, with scram-sha-256 passwords. Started as root, it runs as an
    unprivileged account, and works in a home that this account cannot reach.
    """

    def __init__(self, home: Path, *, port: int | None = None) -> None:
        """`port` None means the one used last if it is free, else a free one.

        The choice is made once: a restarted server keeps the address that its clients know.
        """
        home = home.absolute()
        self._folder = home / "postgres"
        self._data = self._folder / "data"
        self._log = home / "postgres.log"
        self._port = port
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: int | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def dsn(self) -> str:
        """Superuser connection to the database of Argus; valid once `start` has returned."""
        return self._dsn(DATABASE)

    @property
    def is_owner(self) -> bool:
        """Whether this object started the server, rather than sharing another process's."""
        return self._process is not None

    def start(self) -> str:
        """Make the server run and return `dsn`. Idempotent; restarts a server that died.

        The server ends when the *thread* that calls this ends, so call it from one that lives as
        long as the server shall. If another process runs this home's server already, that one is
        shared, and `stop` leaves it alone.

        Raises:
            PostgresCannotStart: with the reason, and the command that mends it.
            PostgresVersionMismatch: the data folder is another major version's.
        """
        if self._process is not None and self._process.poll() is None:
            return self.dsn
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        deadline = time.monotonic() + _START_TIMEOUT_S
        while not self._acquire_lock():
            if self._is_ready() and self._answers():
                return self.dsn
            if time.monotonic() > deadline:
                holder = (self._folder / "lock").read_text()
                raise PostgresCannotStart(
                    f"Process {holder} runs this PostgreSQL, which does not answer",
                    remedy=f"kill {holder}",
                )
            # Another process starts it, and nothing tells when it is done.
            time.sleep(_POLL_S)  # noqa: TID251
        try:
            self._launch()
        except BaseException:
            self.stop(immediate=True)
            raise
        return self.dsn

    def stop(self, *, immediate: bool = False) -> None:
        """Stop the server this object started, within 25 s; committed transactions are kept.

        Open transactions are rolled back. `immediate` skips the final checkpoint, so that the next
        start recovers from the log.
        """
        if self._process is not None:
            gentle = [] if immediate else [signal.SIGINT]
            for wanted in (*gentle, signal.SIGQUIT, signal.SIGKILL):
                self._process.send_signal(wanted)
                try:
                    self._process.wait(_STOP_TIMEOUT_S)
                    break
                except subprocess.TimeoutExpired:
                    continue
            self._process = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def hurry(self) -> None:
        """Make a `stop` that goes on in another thread an immediate one."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)

    def wait(self) -> None:
        """Return when the server that this object started has ended, for whatever reason."""
        if self._process is not None:
            self._process.wait()

    def status(self) -> PostgresStatus:
        """Whether the home's server runs, whoever started it."""
        pid = self._postmaster() if self._is_ready() else None
        return PostgresStatus(pid, self._last_port(), self._data)

    def _acquire_lock(self) -> bool:
        if self._lock is None:
            self._lock = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            self._lock = None
            return False
        os.ftruncate(self._lock, 0)
        os.write(self._lock, str(os.getpid()).encode())
        return True

    def _launch(self) -> None:
        installation = find_installation(self._data)
        if not self._data.exists():
            self._create_cluster(installation)
        self._check_version(installation)
        self._check_ownership(installation)
        self._end_leftovers()
        if self._log.exists() and self._log.stat().st_size > _LOG_LIMIT_BYTES:
            self._log.replace(self._log.with_suffix(".log.1"))
        port = self._choose_port()
        while not self._launch_on(port, installation):
            if _is_free(port):
                raise self._failure("ended while starting")
            port = self._choose_port()
        self._port = port
        with psycopg.connect(self._dsn("postgres"), autocommit=True) as connection:
            found = connection.execute(
                "SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]
            ).fetchone()
            if not found:
                connection.execute(f"CREATE DATABASE {DATABASE}")

    def _launch_on(self, port: int, installation: Installation) -> bool:
        """Start the server; False if it ended again, for example because the port was taken."""
        (self._folder / "port").write_text(f"{port}\n")
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(port),
            "unix_socket_directories": "",
            "max_connections": "200",
            "cluster_name": self._mark(),
        }
        process = installation.launch(self._data, settings=settings, log=self._log)
        self._process = process
        deadline = time.monotonic() + _START_TIMEOUT_S
        while not self._is_ready(process.pid):
            try:
                process.wait(_POLL_S)
            except subprocess.TimeoutExpired:
                if time.monotonic() < deadline:
                    continue
                raise self._failure(f"is not ready after {_START_TIMEOUT_S:.0f} s") from None
            return False
        return True

    def _create_cluster(self, installation: Installation) -> None:
        """Make the data folder, whole or not at all."""
        password = secrets.token_urlsafe(24)
        password_file = self._folder / "password"
        password_file.unlink(missing_ok=True)
        password_file.touch(0o600, exist_ok=False)
        with password_file.open("w") as file:
            file.write(password)
            file.flush()
            os.fsync(file.fileno())
        new = self._folder / "data.new"
        shutil.rmtree(new, ignore_errors=True)
        installation.create_cluster(new, superuser=SUPERUSER, password=password, settings=_TUNING)
        new.rename(self._data)

    def _check_version(self, installation: Installation) -> None:
        try:
            written = (self._data / "PG_VERSION").read_text().strip()
        except FileNotFoundError:
            raise PostgresCannotStart(
                f"{self._data} is not a data folder of PostgreSQL",
                remedy=f"move {self._data} away to start afresh",
            ) from None
        if written != installation.major:
            raise PostgresVersionMismatch(
                f"{self._data} was written by PostgreSQL {written}, and this is PostgreSQL "
                f"{installation.major}",
                remedy=(
                    f"dump it with PostgreSQL {written} and restore it into a new ARGUS_HOME, or "
                    f"run PostgreSQL {written} and name it in ARGUS_DATABASE_URL"
                ),
            )

    def _check_ownership(self, installation: Installation) -> None:
        wanted = installation.account.pw_uid if installation.account else os.geteuid()
        owner = self._data.stat().st_uid
        if owner != wanted:
            raise PostgresCannotStart(
                f"{self._data} belongs to user {owner}, and PostgreSQL would run as user {wanted}",
                remedy=f"chown -R {wanted} {self._data}",
            )

    def _end_leftovers(self) -> None:
        """End what a killed owner left behind, and remove its claim on the data folder.

        The lock is ours, so no living process counts on these servers. Sessions of a killed server
        go on until they notice, and would make the next server refuse the shared memory.
        """
        leftovers = find("postgres", self._mark())
        postmaster = self._postmaster()
        if postmaster is not None and postmaster in leftovers:
            end([postmaster], signal.SIGINT, within_s=_STOP_TIMEOUT_S)
            leftovers = find("postgres", self._mark())
        end(leftovers, signal.SIGKILL, within_s=_STOP_TIMEOUT_S)
        # PostgreSQL takes a zombie, or a foreign process with the same id, for a running server.
        (self._data / "postmaster.pid").unlink(missing_ok=True)

    def _mark(self) -> str:
        """Name of this cluster in the titles of its processes; unique on the machine."""
        folder = self._data.stat()
        return f"argus-{folder.st_dev:x}-{folder.st_ino:x}-"

    def _choose_port(self) -> int:
        if self._port is not None:
            if not _is_free(self._port):
                raise PostgresCannotStart(f"Port {self._port} for PostgreSQL is taken")
            return self._port
        last = self._last_port()
        if last is not None and _is_free(last):
            return last
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        return port

    def _last_port(self) -> int | None:
        try:
            return int((self._folder / "port").read_text())
        except (FileNotFoundError, ValueError):
            return None

    def _postmaster_file(self) -> list[str]:
        try:
            return (self._data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def _postmaster(self) -> int | None:
        lines = self._postmaster_file()
        return int(lines[0]) if lines else None

    def _is_ready(self, pid: int | None = None) -> bool:
        """Whether a living server (that of `pid`, if given) says that it takes connections."""
        lines = self._postmaster_file()
        # The eighth line is the state: `starting`, `ready`, `stopping` (miscadmin.h).
        if len(lines) < 8 or lines[7].strip() != "ready":
            return False
        found = int(lines[0])
        return (pid is None or pid == found) and start_time(found) is not None

    def _answers(self) -> bool:
        try:
            with psycopg.connect(self.dsn, connect_timeout=2):
                return True
        except psycopg.OperationalError:
            return False

    def _dsn(self, database: str) -> str:
        try:
            password = (self._folder / "password").read_text()
        except FileNotFoundError:
            raise PostgresCannotStart(
                f"{self._folder}/password, the password of {self._data}, is missing",
                remedy=f"restore it from a backup, or move {self._folder} away to start afresh",
            ) from None
        return f"postgresql://{SUPERUSER}:{password}@127.0.0.1:{self._last_port()}/{database}"

    def _failure(self, what: str) -> PostgresCannotStart:
        end_of_log = "\n".join(self._log.read_text(errors="replace").splitlines()[-10:])
        return PostgresCannotStart(
            f"PostgreSQL {what}; {self._log} ends with:\n{end_of_log}", remedy="argus doctor"
        )


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
