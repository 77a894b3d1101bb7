"""`make bench`: Argus against its targets (DESIGN section 13), with a floor in the same run.

    make bench                                    # everything
    make bench ARGS="http --rounds 3 --seconds 2"
    make bench ARGS="growth --json growth.json"
    make bench ARGS="http grpc --flame flames"
    make bench ARGS="soak --seconds 600"
    make bench ARGS="relocation --data redesigns.json"

Compare requests per second *of a full core* (the inverse of the server's CPU time per request), and
shares of the floor: both survive a machine that is slower or busy.
"""

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from argus.services.qa.benchmark.relocation import measure as measure_relocation
from bench import (
    control_plane,
    growth,
    hashing,
    idle,
    issuing,
    revocation,
    rpc,
    sdk,
    soak,
    usage,
)
from bench.figures import Figure, figures_as_json, figures_table
from bench.rounds import Row, as_json, flames, make_room, table

GROUPS: dict[str, Callable[..., list[Row]]] = {
    "http": control_plane.run,
    "grpc": rpc.run,
    "issuing": issuing.run,
    "usage": usage.run,
    "sdk": sdk.run,
}
"""Throughput; `--seconds` is of each subject in a round."""
FIGURES: dict[str, Callable[[int, float | None], list[Figure]]] = {
    "growth": lambda rounds, seconds: growth.run(rounds=rounds, seconds=seconds or 3),
    "hashing": lambda rounds, seconds: hashing.run(rounds=rounds, seconds=seconds or 5),
    "revocation": lambda _rounds, _seconds: revocation.run(),
    "idle": lambda _rounds, seconds: idle.run(seconds=seconds or 60),
    "soak": lambda _rounds, seconds: soak.run(seconds=seconds or 600),
}
"""What has bounds of its own; `--seconds` is the whole time of `idle` and `soak`."""


def main() -> None:
    """Run the groups that were asked for; everything, if none was."""
    parser = argparse.ArgumentParser(
        prog="make bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    known = [*GROUPS, *FIGURES, "relocation"]
    parser.add_argument("groups", nargs="*", help=f"of {', '.join(known)}")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--seconds", type=float, help="of each subject in a round; of all of a soak"
    )
    parser.add_argument("--data", type=Path, help="for relocation")
    parser.add_argument("--json", type=Path, help="write the figures there too")
    parser.add_argument(
        "--flame", type=Path, metavar="FOLDER", help="a flame graph of each row of throughput there"
    )
    options = parser.parse_args()
    unknown = {*options.groups} - {*known}
    if unknown:
        parser.error(f"no such group: {', '.join(sorted(unknown))}")
    make_room()
    if options.flame:
        options.flame.mkdir(parents=True, exist_ok=True)
        flames.set(options.flame)
    figures: dict[str, object] = {}
    for name, run in GROUPS.items():
        if not options.groups or name in options.groups:
            rows = run(rounds=options.rounds, seconds=options.seconds or 3)
            print(f"\n{name}\n{table(rows)}", flush=True)
            figures[name] = as_json(rows)
    for name, measure in FIGURES.items():
        if not options.groups or name in options.groups:
            measured = measure(options.rounds, options.seconds)
            print(f"\n{name}\n{figures_table(measured)}", flush=True)
            figures[name] = figures_as_json(measured)
    if options.data:
        found = measure_relocation(options.data)
        print(f"\nrelocation\n{found}")
        figures["relocation"] = asdict(found)
    elif "relocation" in options.groups:
        parser.error("relocation needs --data FILE")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
