"""What is measured: a floor, and a platform of its own on an empty home, as processes."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from argus.kernel.processes import tied
from bench.rounds import Server

_TIERS = {
    "version": 1,
    "currency": "USD",
    "meters": ["api_calls", "qa_runs"],
    "tiers": {
        "free": {
            "price_minor": 0,
            "requests_per_minute": 100_000_000,
            "features": {"api_calls": "unlimited", "qa_runs": "unlimited"},
        }
    },
}
"""Limits that load does not meet; taking a token from a bucket costs the same."""


@dataclass(frozen=True)
class Stage:
    """A running platform."""

    home: Path
    url: str
    grpc: str
    owner: dict[str, str]
    """Email and password."""
    supervisor: psutil.Process

    @property
    def server(self) -> Server:
        """The process that serves HTTP and gRPC."""
        port = int(self.url.rpartition(":")[2])
        return Server(self._pid_of("serve"), port, self._database)

    @property
    def worker_pid(self) -> int:
        return self._pid_of("worker")

    def _pid_of(self, command: str) -> int:
        return next(
            process.pid
            for process in self.supervisor.children(recursive=True)
            if command in process.cmdline()
        )

    def _database(self) -> list[int]:
        return [
            process.pid
            for process in self.supervisor.children(recursive=True)
            if process.name().startswith("postgres")
        ]


@contextmanager
def platform(**environment: str) -> Generator[Stage]:
    """A platform on an empty home, ended and removed afterwards."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="argus-bench-")))
        tiers = folder / "tiers.yaml"
        tiers.write_text(json.dumps(_TIERS))
        home = folder / "home"
        command = ("-m", "argus", "up", "--json", "--port", "0", "--home", str(home))
        line, pid = stack.enter_context(
            _process(
                command,
                {
                    "ARGUS_BILLING_TIERS_FILE": str(tiers),
                    "ARGUS_ADDRESS_REQUESTS_PER_MINUTE": "100000000",
                    "ARGUS_LOG_LEVEL": "warning",
                    **environment,
                },
            )
        )
        started = json.loads(line or "{}")
        if "platform" not in started:
            sys.exit(f"the platform does not start: {started}")
        described = started["platform"]
        # The first who needs a signing key makes it, by its own settings: let that be the platform.
        httpx.get(f"{described['url']}/.well-known/jwks.json", trust_env=False).raise_for_status()
        yield Stage(
            home, described["url"], described["grpc"], started["owner"], psutil.Process(pid)
        )


@contextmanager
def floor(module: str = "bench.floor") -> Generator[Server]:
    """A server that only answers; the module prints its port."""
    with _process(("-m", module), {}) as (port, pid):
        yield Server(pid, int(port))


@contextmanager
def _process(
    command: tuple[str, ...], environment: Mapping[str, str]
) -> Generator[tuple[str, int]]:
    """A process that prints one line when it is ready; ended afterwards, or with this one."""
    running = subprocess.Popen(
        tied([sys.executable, *command], on_parent_death=signal.SIGTERM),
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )
    assert running.stdout is not None
    try:
        yield running.stdout.readline().strip(), running.pid
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait()
