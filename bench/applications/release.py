"""Installing and starting releases of other people's applications."""

import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from argus.kernel.processes import tied
from support.npm import NODE, installed
from support.processes import stop

LOCKS = Path(__file__).parent / "locks"
"""Of a release each. Files: `uv pip compile --universal --generate-hashes --no-emit-index-url`;
folders: `npm install --package-lock-only --omit-lockfile-registry-resolved`."""
CACHE = Path(__file__).parents[2] / ".cache" / "applications"
START_TIMEOUT_S = 300
_INSTALL_TIMEOUT_S = 900
_STOP_TIMEOUT_S = 20
_POLL_S = 0.2
_UV = Path(sys.executable).with_name("uv")

Start = Callable[[Path], AbstractContextManager[str]]
"""Starts an application on the data in a folder, empty at first, and yields its address."""


@dataclass(frozen=True)
class Release:
    """One release of an application, or one look of it."""

    name: str
    start: Start


def python(lock: str) -> Path:
    """The folder with the programs of the environment that `locks/LOCK.txt` describes.

    Installed at the first call, and checked against the hashes of the lock.

    Raises:
        CalledProcessError: the index gave nothing, or something else.
    """
    file = LOCKS / f"{lock}.txt"
    folder = CACHE / f"{lock}-{hashlib.sha256(file.read_bytes()).hexdigest()[:12]}"
    complete = folder / "complete"
    if not complete.exists():
        for command in (
            ["venv", "--quiet", "--clear", "--python", sys.executable, folder],
            ["pip", "install", "--quiet", "--python", folder, "--require-hashes", "-r", file],
        ):
            subprocess.run([_UV, *command], check=True, timeout=_INSTALL_TIMEOUT_S)
        complete.touch()
    return folder / "bin"


def node(lock: str, script: str) -> list[str]:
    """The command that runs a script of the packages that `locks/LOCK` describes."""
    return [str(NODE), str(installed(LOCKS / lock) / "node_modules" / script)]


def run(command: Sequence[str | Path], **environment: str) -> None:
    """A step of preparing an application's data. Raises CalledProcessError."""
    subprocess.run(
        command,
        check=True,
        timeout=_INSTALL_TIMEOUT_S,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )


@contextmanager
def served(
    command: Callable[[int], Sequence[str | Path]],
    path: str,
    folder: Path,
    environment: Mapping[str, str] | None = None,
) -> Generator[str]:
    """Run `command(port)` until the end of the block; its address, once `path` is answered there.

    Raises:
        RuntimeError: it ended, or did not answer in `START_TIMEOUT_S`; with what it wrote.
    """
    port = _free_port()
    address = f"http://127.0.0.1:{port}{path}"
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            tied([str(each) for each in command(port)], on_parent_death=signal.SIGTERM),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=folder,
            env={**os.environ, **(environment or {})},
        )
    try:
        if not _answers(address, process):
            raise RuntimeError(f"{command(port)[0]} did not start:\n{log.read_text()[-4000:]}")
        yield address
    finally:
        stop(process, _STOP_TIMEOUT_S)


def _answers(address: str, process: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(httpx.TransportError):
            if httpx.get(address, trust_env=False, timeout=30).status_code < 500:
                return True
        with suppress(subprocess.TimeoutExpired):
            process.wait(_POLL_S)
    return False


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]
