"""The README's commands, run as typed."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support.processes import environment_of

ROOT = Path(__file__).parents[2]
DEMO = "127.0.0.1:8000"
PLATFORM = "http://127.0.0.1:8700"


def commands(heading: str) -> list[str]:
    """The command lines of a section of the README."""
    section = (ROOT / "README.md").read_text().split(f"\n## {heading}\n")[1].split("\n## ")[0]
    blocks = re.findall(r"^```console\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


def typed(
    lines: list[str], folder: Path, home: Path, *, at: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run lines in `folder`, on the platform of `home`, with the addresses of `at` replaced."""
    if not (folder / ".venv").exists():
        (folder / ".venv").symlink_to(sys.prefix)
    script = "\n".join(["set -e -o pipefail", *lines])
    for address, actual in at.items():
        script = script.replace(address, actual)
    return subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env=environment_of(home, PYTHONPATH=str(ROOT / "src")),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@contextmanager
def demo(command: str, folder: Path) -> Iterator[str]:
    """Run a `make demo` line, its database below `folder`; yields host and port."""
    # A `make test ARGS=...` around this would hand its own down.
    handed_down = ("MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES", "ARGS")
    outside = {name: value for name, value in os.environ.items() if name not in handed_down}
    process = subprocess.Popen(
        ["bash", "-c", command],
        cwd=ROOT,
        env={**outside, "PORT": "0", "TMPDIR": str(folder)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        address = next(filter(None, (re.match(r"http://(.+?)/", line) for line in process.stdout)))
        yield address[1]
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(10)
        process.stdout.close()
