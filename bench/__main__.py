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
import sys
import traceback
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from argus.services.qa.benchmark.relocation import measure as measure_relocation
from bench import (
    control_plane,
    crawl,
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

_Told = tuple[str, list[dict[str, object]]]
"""Figures for people, and for programs."""


def _throughput(run: Callable[..., list[Row]]) -> Callable[[argparse.Namespace], _Told]:
    """A group whose `--seconds` is of each subject in a round."""

    def measured(wanted: argparse.Namespace) -> _Told:
        rows = run(rounds=wanted.rounds, seconds=wanted.seconds or 3)
        return table(rows), as_json(rows)

    return measured


def _figures(run: Callable[[argparse.Namespace], list[Figure]]) -> Callable[..., _Told]:
    """A group that has bounds of its own."""

    def measured(wanted: argparse.Namespace) -> _Told:
        figures = run(wanted)
        return figures_table(figures), figures_as_json(figures)

    return measured


def _relocation(wanted: argparse.Namespace) -> _Told:
    found = measure_relocation(wanted.data)
    return str(found), [asdict(found)]


GROUPS: dict[str, Callable[[argparse.Namespace], _Told]] = {
    "http": _throughput(control_plane.run),
    "grpc": _throughput(rpc.run),
    "issuing": _throughput(issuing.run),
    "usage": _throughput(usage.run),
    "mcp": _throughput(mcp.run),
    "sdk": _throughput(sdk.run),
    "growth": _figures(
        lambda wanted: growth.run(
            rounds=wanted.rounds, seconds=wanted.seconds or 3, crowds=wanted.sizes
        )
    ),
    "hits": _figures(
        lambda wanted: hit_rate.run(rounds=wanted.rounds, seconds=wanted.seconds or 5)
    ),
    "hashing": _figures(
        lambda wanted: hashing.run(rounds=wanted.rounds, seconds=wanted.seconds or 5)
    ),
    "revocation": _figures(lambda _wanted: revocation.run()),
    "idle": _figures(lambda wanted: idle.run(seconds=wanted.seconds or 60)),
    "soak": _figures(lambda wanted: soak.run(seconds=wanted.seconds or 600)),
    "crawl": _figures(lambda _wanted: crawl.run()),
    "relocation": _relocation,
}


def _sizes(text: str) -> list[int]:
    return sorted({int(size) for size in text.split(",")})


def main() -> None:
    """Run the groups that were asked for; everything, if none was."""
    parser = argparse.ArgumentParser(
        prog="make bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("groups", nargs="*", help=f"of {', '.join(GROUPS)}")
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
    if unknown := {*options.groups} - {*GROUPS}:
        parser.error(f"no such group: {', '.join(sorted(unknown))}")
    if "relocation" in options.groups and not options.data:
        parser.error("relocation needs --data FILE")
    make_room()
    if options.flame:
        options.flame.mkdir(parents=True, exist_ok=True)
        flames.set(options.flame)
    figures: dict[str, object] = {}
    failed: list[str] = []
    for name in options.groups or [name for name in GROUPS if name != "relocation" or options.data]:
        try:
            text, figures[name] = GROUPS[name](options)
        except Exception:
            # The outermost handler: half an hour of figures is not lost for those of one group.
            traceback.print_exc()
            failed.append(name)
            continue
        print(f"\n{name}\n{text}", flush=True)
        if options.json:
            options.json.write_text(json.dumps(figures, indent=1))
    if failed:
        sys.exit(f"not measured: {', '.join(failed)}")


if __name__ == "__main__":
    main()
