"""The linters, run as their own commands from the same environment as the checks."""

import subprocess
import sys
from pathlib import Path

COMMANDS: dict[str, list[str]] = {
    "types": ["basedpyright"],
    "imports": ["lint-imports", "--no-logo", "--cache-dir", ".cache/import-linter"],
    "ruff": ["ruff", "check", "--quiet", "--output-format", "concise"],
    "format": ["ruff", "format", "--check", "--quiet"],
    "rules": ["ast-grep", "scan", "--report-style", "short"],
    "rule-tests": ["ast-grep", "test", "--skip-snapshot-tests"],
    "spelling": ["codespell"],
    "dependencies": ["deptry", "src", "--no-ansi"],
    "client-dependencies": [
        "deptry",
        "clients/python/argus_client",
        "--config",
        "clients/python/pyproject.toml",
        "--no-ansi",
    ],
}


def check(command: list[str], root: Path) -> list[str]:
    """Run one linter in `root`; its whole output is the problem when it is not content."""
    program, *arguments = command
    run = subprocess.run(
        [Path(sys.executable).parent / program, *arguments],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    return [(run.stdout + run.stderr).strip()] if run.returncode else []
