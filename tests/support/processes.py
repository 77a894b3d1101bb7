"""A platform of real processes, as `argus up` starts it."""

import json
import os
import select
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psycopg

from argus.kernel.postgres import EmbeddedPostgres

READY_S = 270
PATIENCE_S = 240

T = TypeVar("T")


@dataclass(frozen=True)
class RunningPlatform:
    """What `argus up --json` said, and the process that said it."""

    home: Path
    url: str
    grpc: str
    """Host and port."""
    email: str
    password: str
    """Of the owner; both empty if this start did not create one."""
    supervisor: subprocess.Popen[str]
    settings: Mapping[str, str]
    """The variables it was started with."""

    def cli(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run `argus ...` on this platform's home and settings, to its end."""
        return subprocess.run(
            [sys.executable, "-m", "argus", *arguments],
            env=environment_of(self.home, **self.settings, **more),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=900,
        )

    def child(self, name: str) -> int:
        """Process id of `argus serve`, `argus worker` or `postgres`; raises LookupError."""
        if name == "postgres":
            pid = EmbeddedPostgres(self.home).status().pid
            if pid is None:
                raise LookupError(name)
            return pid
        for pid in processes_of(self.home):
            with suppress(OSError):
                command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
                if name.encode() in command and os.getsid(pid) == pid:
                    return pid
        raise LookupError(name)

    def is_healthy(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health", trust_env=False).is_success
        except httpx.TransportError:
            return False


@contextmanager
def running(home: Path, **settings: str) -> Iterator[RunningPlatform]:
    """`argus up` on free ports, ready; everything it started is gone afterwards.

    Raises:
        RuntimeError: it ended, or was not ready after `READY_S`.
    """
    command = [sys.executable, "-m", "argus", "up", "--json", "--port", "0", "--home", str(home)]
    with subprocess.Popen(
        command,
        env=environment_of(home, **settings),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as supervisor:
        assert supervisor.stdout is not None
        try:
            ready, _, _ = select.select([supervisor.stdout], [], [], READY_S)
            answer = json.loads(supervisor.stdout.readline() or "{}") if ready else {}
            if "platform" not in answer:
                raise RuntimeError(f"argus up did not get ready: {answer}")
            found, owner = answer["platform"], answer["owner"] or {"email": "", "password": ""}
            yield RunningPlatform(
                home,
                found["url"],
                found["grpc"],
                owner["email"],
                owner["password"],
                supervisor,
                settings,
            )
        finally:
            stop(supervisor, PATIENCE_S)


def stop(process: subprocess.Popen[Any], within_s: float) -> None:
    """Ask the process to end, and kill it if it has not by then."""
    process.terminate()
    try:
        process.wait(within_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def environment_of(home: Path, **more: str) -> dict[str, str]:
    """The environment of a process on `home`, with no setting of the caller's own platform."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ARGUS_")}
    return kept | {"PYTHONPATH": "src", "ARGUS_HOME": str(home), **more}


def processes_of(home: Path) -> list[int]:
    """Every living process that was started for the platform of a home."""
    mark = f"ARGUS_HOME={home}".encode()
    found: list[int] = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError):  # it ended meanwhile
            if entry.name.isdigit() and mark in (entry / "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
    with suppress(LookupError):
        pid = EmbeddedPostgres(home).status().pid
        found += [pid] if pid is not None else []
    return found


def eventually(find: Callable[[], T | None], *, within_s: float = PATIENCE_S) -> T:
    """The first true answer of `find`, asked ten times a second.

    A LookupError, a missing file and a lost connection count as no answer.
    """
    pause = threading.Event()
    for _ in range(int(within_s * 10)):
        with suppress(OSError, LookupError, httpx.TransportError, psycopg.OperationalError):
            if answer := find():
                return answer
        pause.wait(0.1)
    raise AssertionError(f"not within {within_s} s")
