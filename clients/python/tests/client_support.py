"""What the client's tests have in common beside their fixtures."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from argus_client import ArgusClient, Unauthenticated, Unavailable

HOME = Path(__file__).parents[1]


@dataclass
class MovableClocks:
    """The machine's clocks, and how far they are ahead here."""

    wall_ahead: float = 0.0
    monotonic_ahead: float = 0.0

    def wall(self) -> float:
        return time.time() + self.wall_ahead

    def monotonic(self) -> float:
        return time.monotonic() + self.monotonic_ahead

    def advance(self, seconds: float) -> None:
        self.wall_ahead += seconds
        self.monotonic_ahead += seconds


def eventually(is_so: Callable[[], object]) -> None:
    """Wait until something is so, at most five seconds."""
    until = time.monotonic() + 5
    while not is_so():
        assert time.monotonic() < until, "it never came to be"


def reason_of(argus: ArgusClient, credential: str) -> str:
    """Why a credential is refused; empty if it is good."""
    try:
        argus.verify(credential)
    except Unauthenticated as refused:
        return refused.reason
    return ""


def is_revoked(argus: ArgusClient, credential: str) -> bool:
    return reason_of(argus, credential) == "revoked"


def is_good(argus: ArgusClient, credential: str) -> bool:
    try:
        return bool(argus.verify(credential))
    except Unavailable:
        return False


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python as somebody who has installed the client alone."""
    return subprocess.run(
        [sys.executable, *arguments],
        env=os.environ | {"PYTHONPATH": str(HOME)},
        capture_output=True,
        text=True,
        check=False,
    )
