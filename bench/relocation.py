"""Tune the gate of healing: which thresholds heal most with few errors, and do they generalise?

    python -m bench.relocation DATA.json

Prints what the shipped thresholds do, what thresholds do that were tuned on the other applications
only, and the thresholds that all of them together ask for.
"""

import argparse
from collections import Counter
from pathlib import Path

from argus.services.qa.benchmark.relocation import (
    Share,
    judge,
    leave_applications_out,
    read,
    tune,
)
from argus.services.qa.healing.gate import DEFAULT


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
    report("leave applications out", leave_applications_out(cases))
    print(f"tuned on all: {tune(every).model_dump()}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Tune the gate of healing")
    parser.add_argument("data", type=Path)
    run(parser.parse_args().data)
