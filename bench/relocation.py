"""Measure element re-location on recorded redesigns of real applications.

    python bench/relocation.py DATA.json

DATA.json: `{application: {targets, candidates}}`; a target's `widget_id` names its counterpart.
For each target the gate decides twice: on the new page as it is, and with the counterpart and its
ancestors and descendants removed, where every acceptance is a false heal. The figures under
"leave applications out" take thresholds tuned on the other applications only.
"""

import argparse
import itertools
import json
import math
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from argus.services.qa.healing.gate import DEFAULT, Choice, Thresholds, choose
from argus.services.qa.ir import Fingerprint

FOLDS = 8
_NOT_ATTRIBUTES = {
    *("idxpath", "xpath", "widget_id", "tag", "type", "value", "option_text", "option_value"),
    *("text", "visible_text", "is_button", "x", "y", "width", "height", "area", "shape"),
    *(f"neighbor_text{side}" for side in ("", "_above", "_below", "_left", "_right")),
}
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


_ARCHIVE = "https://web.archive.org"
"""Some of the pages were recorded from an archive that rewrote their links."""
ANYTHING = Thresholds(same_label=0, label_alone=0, renamed=0, unlabelled=0, margin=-1)


@dataclass(frozen=True)
class Case:
    """What the gate would choose with no threshold, on the page with and without the element."""

    present: Choice
    removed: Choice
    exact: bool
    near: bool
    """The best candidate is the element, its parent or its child: counted as right."""


def fingerprint(record: dict[str, str]) -> Fingerprint:
    """The record as the browser would have shown it."""
    tag, kind = record["tag"].lower(), record.get("type", "")
    text = " ".join((record.get("visible_text") or record.get("text", "")).split())[:200]
    name = record.get("value", "") if tag == "input" and kind in {"submit", "button"} else ""
    for source in (text, record.get("alt"), record.get("placeholder"), record.get("title")):
        name = name or " ".join((source or "").split())
    near = record.get("neighbor_text") or " ".join(
        record.get(f"neighbor_text_{side}", "") for side in ("above", "left", "right", "below")
    )
    x, y, width, height = (float(record.get(key, 0)) for key in ("x", "y", "width", "height"))
    return Fingerprint(
        tag=tag,
        type=kind or ("submit" if tag == "button" else ""),
        name=name[:200],
        text=text,
        attributes={
            key: value.removeprefix(_ARCHIVE)[:200]
            for key, value in record.items()
            if key not in _NOT_ATTRIBUTES
        },
        neighbor_text=near[:200],
        xpath=record["xpath"],
        id_xpath=record["idxpath"],
        box=(x, y, width, height),
        is_button=record.get("is_button") == "yes",
    )


def kin(one: Fingerprint, other: Fingerprint) -> bool:
    """Whether they are one element, or one contains the other."""
    a, b = one.xpath, other.xpath
    return a == b or a.startswith(b + "/") or b.startswith(a + "/")


def read(path: Path) -> dict[str, list[Case]]:
    """The cases of each application."""
    cases: dict[str, list[Case]] = {}
    for application, pages in json.loads(path.read_text()).items():
        ids = [record.get("widget_id") for record in pages["candidates"]]
        page = [fingerprint(record) for record in pages["candidates"]]
        cases[application] = []
        for record in pages["targets"]:
            known, gold = fingerprint(record), page[ids.index(record["widget_id"])]
            present = choose(known, page, ANYTHING)
            best = page[present.index]
            removed = choose(known, [each for each in page if not kin(each, gold)], ANYTHING)
            cases[application].append(Case(present, removed, best is gold, kin(best, gold)))
    return cases


def accepted(choice: Choice, thresholds: Thresholds) -> bool:
    """Whether a choice made without thresholds would stand with these."""
    return (
        choice.grounds is not None
        and choice.score >= thresholds.least(choice.grounds)
        and choice.margin >= thresholds.margin
    )


def judge(cases: Iterable[Case], thresholds: Thresholds) -> Counter[str]:
    """Counts of `cases`, `right`, `wrong` and `false` heals."""
    counts: Counter[str] = Counter()
    for case in cases:
        counts["cases"] += 1
        if accepted(case.present, thresholds):
            counts["right" if case.near else "wrong"] += 1
        counts["false"] += accepted(case.removed, thresholds)
    return counts


def tune(cases: Sequence[Case]) -> Thresholds:
    """The thresholds of the grid that heal most, with few errors, on these cases."""

    def worth(thresholds: Thresholds) -> float:
        counts = judge(cases, thresholds)
        excess = max(0, counts["wrong"] - 0.01 * counts["cases"]) + max(
            0, counts["false"] - 0.03 * counts["cases"]
        )
        return counts["right"] - 2 * counts["wrong"] - counts["false"] - 20 * excess

    return max(GRID, key=worth)


def share(count: int, of: int) -> str:
    """Percentage with its 95 % Wilson interval."""
    p, z = count / of, 1.96
    centre = (p + z * z / (2 * of)) / (1 + z * z / of)
    half = z * math.sqrt(p * (1 - p) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return f"{100 * p:5.1f} % ({100 * (centre - half):.1f} to {100 * (centre + half):.1f})"


def report(title: str, counts: Counter[str]) -> None:
    """Print the shares."""
    print(title)
    for key, what in (
        ("right", "healed right"),
        ("wrong", "healed wrong"),
        ("false", "false heals, element removed"),
    ):
        print(f"  {what:30} {share(counts[key], counts['cases'])}")


def run(data: Path, *, tuning: bool) -> None:
    """Read, judge, tune, print."""
    cases = read(data)
    every = [case for application in cases.values() for case in application]
    exact, near = (sum(c.exact for c in every), sum(c.near for c in every))
    print(f"{len(every)} elements of {len(cases)} applications (95 % intervals in brackets)")
    print(f"  {'top-1':30} {share(exact, len(every))}")
    print(f"  {'top-1, or parent or child':30} {share(near, len(every))}")
    report("shipped thresholds", judge(every, DEFAULT))
    if tuning:
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
    parser = argparse.ArgumentParser(description="Measure element re-location")
    parser.add_argument("data", type=Path)
    parser.add_argument("--no-tuning", action="store_true", help="only the shipped thresholds")
    options = parser.parse_args()
    run(options.data, tuning=not options.no_tuning)
