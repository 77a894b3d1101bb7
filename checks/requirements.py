"""The locked requirements: pinned with hashes, from no index in particular, as pyproject asks."""

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

FOLDER = Path("requirements")
_PIN = re.compile(r"^([\w.-]+)(?:\[[\w,-]+\])?==([^\s;\\]+)", re.MULTILINE)
_OPTION = re.compile(r"^\s*(--(?!hash=)\S+|-[a-z]\s.*)", re.MULTILINE)


def check(root: Path) -> list[str]:
    """Report unlocked requirements, options in the lock files, and locks older than pyproject."""
    project = tomllib.loads((root / "pyproject.toml").read_text())
    groups = project["dependency-groups"]
    runtime = project["project"]["dependencies"]
    wanted = {
        "runtime.txt": runtime,
        "dev.txt": [*runtime, *groups["dev"]],
        "bootstrap.txt": groups["bootstrap"],
    }
    return [
        f"{FOLDER / name}: {problem}"
        for name, requirements in wanted.items()
        for problem in problems((root / FOLDER / name).read_text(), requirements)
    ]


def problems(lock: str, requirements: list[str]) -> list[str]:
    """Compare one lock file's text with the requirements that it locks."""
    found = [f"holds the option {option}" for option in _OPTION.findall(lock)]
    pins: dict[str, list[str]] = {}
    for entry in re.split(r"^(?=[\w.-]+(?:\[|==))", lock, flags=re.MULTILINE)[1:]:
        pin = _PIN.match(entry)
        if pin is None or "--hash=sha256:" not in entry:
            found.append(f"no version and hash in {entry.splitlines()[0]!r}")
        else:
            pins.setdefault(canonicalize_name(pin[1]), []).append(pin[2])
    for text in requirements:
        wanted = Requirement(text)
        versions = pins.get(canonicalize_name(wanted.name), [])
        if not versions:
            found.append(f"lacks {text}: run `make lock`")
        elif not all(wanted.specifier.contains(version, prereleases=True) for version in versions):
            found.append(f"has {wanted.name} {', '.join(versions)}, not {text}: run `make lock`")
    return found
