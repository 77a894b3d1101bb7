"""`make bench`: Argus against its targets (DESIGN section 13), with a floor in the same run.

    make bench                                    # everything
    make bench ARGS="http --rounds 3 --seconds 2"
    make bench ARGS="growth --sizes 1,100,10000,1000000 --json growth.json"
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
    hit_rate,
    idle,
    issuing,
    mcp,
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
    "mcp": mcp.run,
    "sdk": sdk.run,
}
"""Throughput; `--seconds` is of each subject in a round."""
FIGURES: dict[str, Callable[[argparse.Namespace], list[Figure]]] = {
    "growth": lambda wanted: growth.run(
        rounds=wanted.rounds, seconds=wanted.seconds or 3, crowds=wanted.sizes
    ),
    "hits": lambda wanted: hit_rate.run(rounds=wanted.rounds, seconds=wanted.seconds or 5),
    "hashing": lambda wanted: hashing.run(rounds=wanted.rounds, seconds=wanted.seconds or 5),
    "revocation": lambda _wanted: revocation.run(),
    "idle": lambda wanted: idle.run(seconds=wanted.seconds or 60),
    "soak": lambda wanted: soak.run(seconds=wanted.seconds or 600),
}
"""What has bounds of its own; `--seconds` is the whole time of `idle` and `soak`."""


def _sizes(text: str) -> list[int]:
    return sorted({int(size) for size in text.split(",")})


def main() -> None:
    """Run the groups that were asked for; everything, if none was."""
    parser = argparse.ArgumentParser(
        prog="make bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    known = [*GROUPS, *FIGURES, "relocation"]
    parser.add_argument("groups", nargs="*", help=f"of {', '.join(known)}")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--seconds", type=float, help="of each subject in a round; of all of a soak"
    )
    parser.add_argument(
        "--sizes", type=_sizes, default=growth.CROWDS, help="of growth, for example 1,100,10000"
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
            measured = measure(options)
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
