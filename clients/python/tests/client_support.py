"""What the client's tests have in common beside their fixtures."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, cast

import httpx
from starlette.testclient import TestClient

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
    """Wait until something is so."""
    until = time.monotonic() + 30
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


EXAMPLES = {path.stem: path for path in sorted((HOME / "examples").glob("*_service.py"))}


@contextmanager
def example(name: str) -> Iterator[httpx.Client]:
    """An example service of the Argus that the environment names."""
    module = _loaded(name)
    if name == "fastapi_service":
        with TestClient(module.app, raise_server_exceptions=False) as testing:
            yield cast("httpx.Client", testing)
        module.argus.client._engine.close()  # noqa: SLF001 - as at the end of the process
        return
    application, argus = (
        (module.application, module.client())
        if name == "django_service"
        else (module.app, module.argus.client)
    )
    transport = httpx.WSGITransport(application)
    with argus, httpx.Client(transport=transport, base_url="http://example.test") as client:
        yield client


def _loaded(name: str) -> Any:
    """The example as it is when its process starts. Django knows its settings but once."""
    if name == "django_service" and name in sys.modules:
        from argus_client.integrations import django

        django._of_environment.cache_clear()  # noqa: SLF001 - another process would have another
        return sys.modules[name]
    spec = spec_from_file_location(name, EXAMPLES[name])
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
