"""What no file may hold, and how the folders of services look."""

import re
import subprocess
from pathlib import Path

from checks import NOTE

MAX_LINES = 500
WARN_LINES = 400
SERVICE_FILES = ("README.md", "module.py")
_REGISTRY = re.compile(r"https?://[\w.-]*(pypi|pythonhosted|npmjs|debian)[\w.-]*")
_MACHINE = re.compile(r"(?<![\w.*}])/(root|work|home/\w+|Users/\w+)/\w")


def check(root: Path) -> list[str]:
    """Report files that are too long or name a registry or a machine, and incomplete services."""
    problems: list[str] = []
    for path in tracked(root):
        try:
            text = (root / path).read_text()
        except UnicodeDecodeError:
            continue
        problems += _contents(path, text)
        is_code = path.suffix == ".py" and not path.stem.endswith("_pb2")
        if is_code and path.parts[0] in ("src", "clients"):
            problems += _size(path, text.count("\n"))
    return problems + _services(root)


def tracked(root: Path) -> list[Path]:
    """Return the files of the checkout that are, or would be, committed; relative to `root`."""
    names = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")
    return [Path(name) for name in names if name and (root / name).is_file()]


def _contents(path: Path, text: str) -> list[str]:
    problems: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        if found := _REGISTRY.search(line):
            problems.append(f"{path}:{number} names a package registry: {found[0]}")
        if found := _MACHINE.search(line):
            problems.append(f"{path}:{number} names a folder of some machine: {found[0]}...")
    return problems


def _size(path: Path, lines: int) -> list[str]:
    if lines > MAX_LINES:
        return [f"{path} has {lines} lines; split it by use case at {MAX_LINES}"]
    if lines > WARN_LINES:
        return [f"{NOTE}{path} has {lines} lines of {MAX_LINES}"]
    return []


def _services(root: Path) -> list[str]:
    services = [folder for folder in (root / "src/argus/services").iterdir() if folder.is_dir()]
    return [
        f"{service.relative_to(root)} has no {name}"
        for service in sorted(services)
        if service.name != "__pycache__"
        for name in SERVICE_FILES
        if not (service / name).exists()
    ]
