"""The tour of the README works as typed."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.processes import environment_of, running

ROOT = Path(__file__).parents[2]
TYPED = "127.0.0.1:8000"
PLATFORM = "http://127.0.0.1:8700"
PROMISED_EXIT_CODES = [0, 0, 1]


def commands(heading: str) -> list[list[str]]:
    """The commands of each console block of a section of the README."""
    section = (ROOT / "README.md").read_text().split(f"\n## {heading}\n")[1].split("\n## ")[0]
    blocks = re.findall(r"^```console\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    return [block.splitlines() for block in blocks]


def _outside_make() -> dict[str, str]:
    """The environment without what a `make test ARGS=...` around this would hand down."""
    handed_down = ("MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES", "ARGS")
    return {name: value for name, value in os.environ.items() if name not in handed_down}


@contextmanager
def demo(command: str) -> Iterator[str]:
    """Run one `make demo` line on a port that the system chooses; yields host and port."""
    process = subprocess.Popen(
        ["bash", "-c", command],
        cwd=ROOT,
        env={**_outside_make(), "PORT": "0"},
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


@pytest.mark.timeout(600)
def test_every_command_gives_the_promised_exit_code(tmp_path: Path) -> None:
    (tmp_path / ".venv").symlink_to(sys.prefix)
    lines = [line for block in commands("Five minutes") for line in block]
    starts = [position for position, line in enumerate(lines) if line.startswith("make demo")]
    codes: list[int] = []
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        with demo(lines[start]) as address:
            script = "\n".join(["set -e", "export DEMO_PASSWORD=admin", *lines[start + 1 : end]])
            run = subprocess.run(
                ["bash", "-c", script.replace(TYPED, address)],
                cwd=tmp_path,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
            )
            print(run.stdout, run.stderr)
            codes.append(run.returncode)
    assert codes == PROMISED_EXIT_CODES


def test_another_service_validates_asks_and_records_as_the_readme_types_it(tmp_path: Path) -> None:
    (tmp_path / ".venv").symlink_to(sys.prefix)
    lines = [line for block in commands("The control plane in two minutes") for line in block]
    script = "\n".join(["set -e -o pipefail", *lines])
    with running(tmp_path / "home") as platform:
        run = subprocess.run(
            ["bash", "-c", script.replace(PLATFORM, platform.url)],
            cwd=tmp_path,
            env=environment_of(platform.home, PYTHONPATH=str(ROOT / "src")),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    assert (run.returncode, run.stderr) == (0, "")
    assert '"active":true' in run.stdout
    assert '"accepted":1' in run.stdout
