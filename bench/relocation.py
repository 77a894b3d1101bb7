"""Tune the gate of healing: which thresholds heal most with few errors, and do they generalise?

    python -m bench.relocation DATA.json

Prints what the shipped thresholds do, and what thresholds do that were tuned on the other
applications only. `argus bench relocation` measures the shipped ones.
"""

import argparse
import itertools
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from argus.services.qa.healing.benchmark import Case, Share, judge, read
from argus.services.qa.healing.gate import DEFAULT, Thresholds

FOLDS = 8
GRID = [
    Thresholds(same_label=a, label_alone=b, renamed=c, unlabelled=d, margin=e)
    for a, b, c, d, e in itertools.product(
        (0.35, 0.4, 0.45, 0.5, 0.55),
        (0.5, 0.55, 0.6),
        (0.45, 0.5, 0.55),
        (0.65, 0.7, 0.75),
        (0.03, 0.05, 0.08),
    )
]


def tune(cases: Sequence[Case]) -> Thresholds:
    """The thresholds of the grid that heal most, with few errors, on these cases."""

    def worth(thresholds: Thresholds) -> float:
        counts = judge(cases, thresholds)
        excess = max(0, counts["wrong"] - 0.01 * counts["cases"]) + max(
            0, counts["false"] - 0.03 * counts["cases"]
        )
        return counts["right"] - 2 * counts["wrong"] - counts["false"] - 20 * excess

    return max(GRID, key=worth)


def report(title: str, counts: Counter[str]) -> None:
    """Print the shares."""
    print(title)
    for key, what in (
        ("right", "healed right"),
        ("wrong", "healed wrong"),
        ("false", "false heals, element removed"),
    ):
        print(f"  {what:30} {Share.of(counts[key], counts['cases'])}")


def run(data: Path) -> None:
    """Read, judge, tune, print."""
    cases = read(data)
    every = [case for application in cases.values() for case in application]
    print(f"{len(every)} elements of {len(cases)} applications (95 % intervals in brackets)")
    report("shipped thresholds", judge(every, DEFAULT))
    names = sorted(cases)
    total: Counter[str] = Counter()
    for fold in range(FOLDS):
        held_out = names[fold::FOLDS]
        rest = [case for name in names if name not in held_out for case in cases[name]]
        thresholds = tune(rest)
        print(f"  fold {fold}: {thresholds.model_dump()}", file=sys.stderr)
        total += judge((case for name in held_out for case in cases[name]), thresholds)
    report("leave applications out", total)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Tune the gate of healing")
    parser.add_argument("data", type=Path)
    run(parser.parse_args().data)
