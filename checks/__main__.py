"""Run the checks and report: `python -m checks [--write] [name ...]`."""

import argparse
import sys
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from checks import (
    NOTE,
    adr,
    client,
    conformance,
    errors,
    files,
    links,
    openapi,
    permissions,
    proto,
    requirements,
    tools,
)

ROOT = Path(__file__).parent.parent

# The slowest first: two run at a time.
CHECKS: dict[str, Callable[[Path], list[str]]] = {
    **{name: partial(tools.check, command) for name, command in tools.COMMANDS.items()},
    "openapi": openapi.check,
    "errors": errors.check,
    "permissions": permissions.check,
    "client": client.check,
    "proto": proto.check,
    "conformance": conformance.check,
    "adr": adr.check,
    "files": files.check,
    "links": links.check,
    "requirements": requirements.check,
}
WRITERS: dict[str, Callable[[Path], None]] = {
    "proto": proto.write,
    "openapi": openapi.write,
    "errors": errors.write,
    "permissions": permissions.write,
    "client": client.write,
    "conformance": conformance.write,
    "adr": adr.write,
}


def main() -> int:
    """Run what the command line names, everything by default; 0 when nothing is wrong."""
    parser = argparse.ArgumentParser(prog="checks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(CHECKS)}")
    parser.add_argument("--write", action="store_true", help="write the generated files instead")
    options = parser.parse_args()
    table = WRITERS if options.write else CHECKS
    if unknown := set(options.names) - set(table):
        parser.error(f"no such check: {', '.join(sorted(unknown))} (there are: {', '.join(table)})")
    names = options.names or list(table)
    if options.write:
        for name in names:
            WRITERS[name](ROOT)
        return 0
    return _report(names)


def _report(names: list[str]) -> int:
    """Run the named checks side by side; print a line for each, then what is wrong."""
    failed: dict[str, list[str]] = {}
    with ThreadPoolExecutor(max_workers=2) as pool:
        for name, (found, seconds) in zip(names, pool.map(_timed, names), strict=True):
            problems = [line for line in found if not line.startswith(NOTE)]
            print(f"{'FAIL' if problems else 'ok':<4}  {name:<13}{seconds:5.1f} s", flush=True)
            for line in found:
                if line.startswith(NOTE):
                    print(f"      {line}")
            if problems:
                failed[name] = problems
    for name, problems in failed.items():
        print(f"\n{name}:")
        for problem in problems:
            print("  " + problem.replace("\n", "\n  "))
    print(f"\n{len(names) - len(failed)} of {len(names)} checks are content.")
    return 1 if failed else 0


def _timed(name: str) -> tuple[list[str], float]:
    started = time.monotonic()
    try:
        found = CHECKS[name](ROOT)
    except Exception:  # The report goes on: the others may tell why this one broke.
        found = [traceback.format_exc()]
    return found, time.monotonic() - started


if __name__ == "__main__":
    sys.exit(main())
