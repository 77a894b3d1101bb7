"""How often files changed lately, by the repository's own history."""

import subprocess
from collections import Counter
from pathlib import Path

COMMITS = 500
"""So many of the latest are looked at."""
_TIMEOUT_S = 30


def commits_by_file(root: Path) -> Counter[str]:
    """Commits that changed each file, of the latest `COMMITS`; empty where there is no history.

    Blocks. Runs `git`, with nothing of the repository's own configuration that could start a
    program.
    """
    command = [
        *("git", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-C", str(root)),
        *("log", f"-{COMMITS}", "--no-merges", "--name-only", "--no-renames", "--relative"),
        *("--no-ext-diff", "--no-textconv", "--format=", "-z", "--", "."),
    ]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_TIMEOUT_S, check=True)
    except (OSError, subprocess.SubprocessError):
        return Counter()
    names = done.stdout.decode(errors="replace").split("\0")
    return Counter(name.strip() for name in names if name.strip())
