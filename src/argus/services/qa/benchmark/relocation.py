"""How well re-location works on recorded redesigns of real applications (B1 and B2).

The data: `{application: {targets, candidates}}`, records of elements of the old and the new page; a
target's `widget_id` names its counterpart. For each target the gate decides twice: on the new page
as it is, and with the counterpart, its ancestors and its descendants removed, where every
acceptance is a false heal. There are no roles, no hit test and no assertions to rerun in such data,
so these are figures of the gate alone.
"""

import itertools
import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from argus.kernel.errors import ArgusError
from argus.services.qa.benchmark.figures import Figure, Measures, Target, wilson
from argus.services.qa.healing.gate import DEFAULT, Choice, Thresholds, choose
from argus.services.qa.healing.similarity import WORDS_WEIGHT, ranks, similarity
from argus.services.qa.target import Fingerprint

_NOT_ATTRIBUTES = {
    *("idxpath", "xpath", "widget_id", "tag", "type", "value", "option_text", "option_value"),
    *("text", "visible_text", "is_button", "x", "y", "width", "height", "area", "shape"),
    *(f"neighbor_text{side}" for side in ("", "_above", "_below", "_left", "_right")),
}
_ARCHIVE = "https://web.archive.org"
"""Some of the pages were recorded from an archive that rewrote their links."""
ANYTHING = Thresholds(same_label=0, label_alone=0, renamed=0, unlabelled=0, margin=-1)

FOLDS = 8
WEIGHTS_OF_WORDS = (0.0, 0.5, 0.75, 1.0, 1.25, WORDS_WEIGHT, 2.0, 2.5, 3.0)
_SHIPPED = WEIGHTS_OF_WORDS.index(WORDS_WEIGHT)
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


class BenchmarkDataInvalid(ArgusError):
    """The file does not have the form of the benchmark's data.

    Relocation: `{application: {"targets": [...], "candidates": [...]}}`, where each record has at
    least `tag`, `xpath`, `idxpath` and `widget_id`, and each target's `widget_id` is that of
    exactly one candidate.
    """

    code, status, title = "qa.benchmark.data_invalid", 422, "Benchmark data not readable"


@dataclass(frozen=True)
class Case:
    """What the gate would choose with no threshold, on the page with and without the element."""

    present: Choice
    removed: Choice
    exact: tuple[bool, ...]
    """Whether the likeliest candidate is the element, by each of `WEIGHTS_OF_WORDS`."""
    near: bool
    """The chosen candidate is the element, its parent or its child: counted as right."""


@dataclass(frozen=True)
class Share:
    """A proportion with its 95 % Wilson interval, each from 0 to 1."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, count: int, total: int) -> "Share":
        """`count` of `total`, which is not 0."""
        return cls(*wilson(count, total))

    def __str__(self) -> str:
        return f"{self.value:6.1%} ({self.low:.1%} to {self.high:.1%})"


@dataclass(frozen=True)
class Relocation:
    """What the shipped ranking and gate do on a data set."""

    applications: int
    targets: int
    top1: Share
    """The likeliest element is the right one."""
    right: Share
    """Healed to the element, or to its parent or child."""
    wrong_heals: Share
    false_heals: Share
    """Healed although the element is gone."""
    ms_per_target: float
    """Wall time of one decision, over all candidates of the page."""


def measure(path: Path) -> Relocation:
    """Measure the shipped thresholds on the data in `path`.

    Raises:
        BenchmarkDataInvalid: the file is not such data, or holds no target.
    """
    cases, elapsed_s = _read(path)
    every = [case for application in cases.values() for case in application]
    counts, total = judge(every, DEFAULT), len(every)
    return Relocation(
        applications=len(cases),
        targets=total,
        top1=Share.of(hits(every)[_SHIPPED], total),
        right=Share.of(counts["right"], total),
        wrong_heals=Share.of(counts["wrong"], total),
        false_heals=Share.of(counts["false"], total),
        ms_per_target=elapsed_s / total * 1000,
    )


def read(path: Path) -> dict[str, list[Case]]:
    """The cases of each application.

    Raises:
        BenchmarkDataInvalid: the file is not such data, or holds no target.
    """
    return _read(path)[0]


def accepted(choice: Choice, thresholds: Thresholds) -> bool:
    """Whether a choice made without thresholds would stand with these."""
    return (
        choice.grounds is not None
        and choice.score >= thresholds.least(choice.grounds)
        and choice.margin >= thresholds.margin
    )


def judge(cases: Iterable[Case], thresholds: Thresholds) -> Counter[str]:
    """Counts of `right`, `wrong` and `false` heals, and of `cases`."""
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


def hits(cases: Sequence[Case]) -> list[int]:
    """How many elements are ranked first by each of `WEIGHTS_OF_WORDS`."""
    return [sum(exact) for exact in zip(*(case.exact for case in cases), strict=True)]


def leave_applications_out(cases: Mapping[str, Sequence[Case]]) -> Counter[str]:
    """`judge` each application by thresholds that were tuned on others only.

    With it, how many elements are ranked `first` by the weight that ranks most of the others so.
    """
    names, total = sorted(cases), Counter[str]()
    for fold in range(FOLDS):
        held_out = [case for name in names[fold::FOLDS] for case in cases[name]]
        rest = [case for name in names if name not in names[fold::FOLDS] for case in cases[name]]
        if held_out:
            total += judge(held_out, tune(rest))
            known = hits(rest) if rest else [0]
            total["first"] += hits(held_out)[known.index(max(known))]
    return total


def figures(path: Path, seed: int) -> list[Figure]:
    """The rows of B1 and B2, of the data in `path`.

    Raises:
        BenchmarkDataInvalid: the file is not such data, or holds no target.
    """
    cases = read(path)
    every = [case for application in cases.values() for case in application]
    others, targets = leave_applications_out(cases), f"elements of {len(cases)} applications"
    first, second = Measures("B1", seed), Measures("B2", seed)
    aim, what = Target(at_least=0.92), "likeliest is right"
    rows = [
        first.share(
            f"{what}, weight of other applications", others["first"], len(every), targets, aim
        ),
        first.share(f"{what}, shipped weight", hits(every)[_SHIPPED], len(every), targets),
    ]
    for counts, who, with_target in (
        (others, "thresholds of other applications", True),
        (judge(every, DEFAULT), "shipped thresholds", False),
    ):
        for key, what, target in (
            ("right", "healed right", Target(at_least=0.80)),
            ("wrong", "healed wrong", Target(at_most=0.01)),
            ("false", "healed though removed", Target(at_most=0.03)),
        ):
            aim = target if with_target else None
            rows.append(second.share(f"{what}, {who}", counts[key], len(every), targets, aim))
    return rows


def _read(path: Path) -> tuple[dict[str, list[Case]], float]:
    """The cases, and how many seconds their decisions on the whole page took."""
    try:
        applications = json.loads(path.read_text())
        pages = {
            name: (
                [(_fingerprint(record), record["widget_id"]) for record in page["targets"]],
                [_fingerprint(record) for record in page["candidates"]],
                [record.get("widget_id") for record in page["candidates"]],
            )
            for name, page in applications.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BenchmarkDataInvalid(f"{path}: {type(error).__name__}: {error}") from None
    cases: dict[str, list[Case]] = {}
    elapsed_s = 0.0
    for name, (targets, page, ids) in pages.items():
        cases[name] = []
        for known, widget_id in targets:
            if ids.count(widget_id) != 1:
                raise BenchmarkDataInvalid(
                    f"{path}: {name}: {ids.count(widget_id)} candidates are {widget_id!r}, not one"
                )
            gold = page[ids.index(widget_id)]
            started = time.perf_counter()
            present = choose(known, page, ANYTHING)
            elapsed_s += time.perf_counter() - started
            removed = choose(known, [each for each in page if not _kin(each, gold)], ANYTHING)
            exact = tuple(each is gold for each in _likeliest(known, page))
            cases[name].append(Case(present, removed, exact, _kin(page[present.index], gold)))
    if not any(cases.values()):
        raise BenchmarkDataInvalid(f"{path}: no target")
    return cases, elapsed_s


def _likeliest(known: Fingerprint, page: Sequence[Fingerprint]) -> Iterator[Fingerprint]:
    """The first of the page by each of `WEIGHTS_OF_WORDS`."""
    scores = [similarity(known, each) for each in page]
    for weight in WEIGHTS_OF_WORDS:
        ranking = ranks(known, page, scores, weight)
        yield page[ranking.index(max(ranking))]


def _fingerprint(record: dict[str, str]) -> Fingerprint:
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


def _kin(one: Fingerprint, other: Fingerprint) -> bool:
    """Whether they are one element, or one contains the other."""
    a, b = one.xpath, other.xpath
    return a == b or a.startswith(b + "/") or b.startswith(a + "/")
