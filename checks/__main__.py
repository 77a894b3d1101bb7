"""Run the checks and report: `python -m checks [--write] [name ...]`."""

import argparse
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from checks import proto

ROOT = Path(__file__).parent.parent

CHECKS: dict[str, Callable[[Path], list[str]]] = {
    "proto": proto.check,
}
WRITERS: dict[str, Callable[[Path], None]] = {
    "proto": proto.write,
}


def main() -> int:
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
        for name, (problems, seconds) in zip(names, pool.map(_timed, names), strict=True):
            print(f"{'FAIL' if problems else 'ok':<4}  {name:<14} {seconds:5.1f} s", flush=True)
            if problems:
                failed[name] = problems
    for name, problems in failed.items():
        print(f"\n{name}:", *problems, sep="\n  ", file=sys.stderr)
    print(f"\n{len(names) - len(failed)} checks passed, {len(failed)} failed")
    return 1 if failed else 0


def _timed(name: str) -> tuple[list[str], float]:
    started = time.monotonic()
    return CHECKS[name](ROOT), time.monotonic() - started


if __name__ == "__main__":
    sys.exit(main())
