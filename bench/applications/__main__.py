"""`make bench-qa`: real applications are discovered, tested twice, changed and tested again.

    make bench-qa                                             # all of them
    make bench-qa ARGS="trac node-red"
    make bench-qa ARGS="trac --json trac.json --markdown docs/reference/applications.md"

Applications are installed from the package registries at their first time, into a cache. The exit
code is 1 where a run crashed, or holds something against an application that nobody has explained.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from bench.applications.catalogue import APPLICATIONS
from bench.applications.table import filled_in, markdown
from bench.applications.trial import Tester, Trial
from bench.stage import platform


def main() -> None:
    """Put the applications that were asked for through all of it; all, if none was."""
    known = {each.name: each for each in APPLICATIONS}
    parser = argparse.ArgumentParser(
        prog="make bench-qa",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("applications", nargs="*", help=f"of {', '.join(known)}")
    parser.add_argument("--max-pages", type=int, default=15)
    parser.add_argument("--seconds", type=int, default=120, help="time budget of each run")
    parser.add_argument("--json", type=Path, help="write everything there")
    parser.add_argument(
        "--markdown", type=Path, help="put the table into this document, in place of earlier rows"
    )
    options = parser.parse_args()
    if unknown := {*options.applications} - known.keys():
        parser.error(f"no such application: {', '.join(sorted(unknown))}")
    trials: list[Trial] = []
    with platform() as stage, tempfile.TemporaryDirectory(prefix="argus-bench-") as scratch:
        tester = Tester(stage.home, options.max_pages, options.seconds)
        for name in options.applications or known:
            print(f"{name} ...", file=sys.stderr, flush=True)
            folder = Path(scratch) / name
            folder.mkdir()
            trials.append(tester.trial(known[name], folder))
            if options.json:
                written = json.dumps([each.as_json() for each in trials], indent=2)
                options.json.write_text(written + "\n")
            if options.markdown:
                document = filled_in(options.markdown.read_text(), trials[-1:])
                options.markdown.write_text(document)
    print(markdown(trials))
    complaints = [f"{each.application}: {text}" for each in trials for text in each.complaints]
    print("\n".join(complaints))
    sys.exit(1 if complaints else 0)


if __name__ == "__main__":
    main()
