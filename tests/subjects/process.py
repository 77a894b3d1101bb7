"""Runs an application under test as a process of its own, on a port the system chose."""

import argparse
import os
import select
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socketserver import TCPServer

HERE = Path(__file__).parent
START_TIMEOUT_S = 120
STOP_TIMEOUT_S = 5


@contextmanager
def running(script: str, *arguments: str) -> Iterator[str]:
    """Yield the address that `script` prints once it listens; the process is gone afterwards.

    Raises:
        RuntimeError: the process ended or stayed silent for `START_TIMEOUT_S`; with its stderr.
    """
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            [sys.executable, HERE / script, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        assert process.stdout is not None
        try:
            ready, _, _ = select.select([process.stdout], [], [], START_TIMEOUT_S)
            address = process.stdout.readline().decode().strip() if ready else ""
            if not address:
                errors.seek(0)
                raise RuntimeError(f"{script} did not start:\n{errors.read().decode()}")
            yield address
        finally:
            process.terminate()
            try:
                process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            process.stdout.close()


def arguments(description: str | None) -> argparse.ArgumentParser:
    """The options all applications share."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--port", type=int, default=0, help="0: the system chooses")
    return parser


def serve(server: TCPServer, path: str = "/") -> None:
    """Print the address, the sign that `server` listens, and answer until the process is ended."""
    print(f"http://127.0.0.1:{server.server_address[1]}{path}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()
