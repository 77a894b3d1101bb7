"""The figures for people: cells, and the Markdown that the documentation shows."""

import re
from collections.abc import Iterable, Sequence

from argus.kernel.errors import ArgusError
from argus.services.qa.benchmark.figures import Figure, Target, Unit

HEADINGS = ("", "figure", "value", "95 % interval", "target", "", "sample", "seed")

_BEGIN, _END = "<!-- figures: begin -->", "<!-- figures: end -->"
_BETWEEN = re.compile(f"(?<={_BEGIN}\n).*?(?={_END})", re.DOTALL)


class FiguresHaveNoPlace(ArgusError):
    """The document has no place for the figures of `argus bench qa`.

    Give one that has the lines `<!-- figures: begin -->` and `<!-- figures: end -->`, such as
    `docs/reference/quality.md`; what is between them is replaced.
    """

    code, status, title = "qa.benchmark.no_place", 422, "No place for the figures"


def cells(figure: Figure) -> tuple[str, ...]:
    """One row, in the order of `HEADINGS`."""
    interval = ""
    if figure.low is not None and figure.high is not None:
        interval = f"{_text(figure.low, figure.unit)} to {_text(figure.high, figure.unit)}"
    return (
        figure.benchmark,
        figure.metric,
        "" if figure.value is None else _text(figure.value, figure.unit),
        interval,
        _aim(figure.target, figure.unit) if figure.target else "",
        {True: "met", False: "MISSED", None: ""}[figure.met],
        figure.sample,
        str(figure.seed),
    )


def markdown(figures: Iterable[Figure]) -> str:
    """A table."""
    rows = [HEADINGS, ("---",) * len(HEADINGS), *(cells(figure) for figure in figures)]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def filled_in(document: str, figures: Sequence[Figure]) -> str:
    """The document with these figures in place of earlier ones of the same benchmarks.

    Raises:
        FiguresHaveNoPlace: there are no markers in it.
    """
    found = _BETWEEN.search(document)
    if found is None:
        raise FiguresHaveNoPlace
    measured = {figure.benchmark for figure in figures}
    kept = [
        line
        for line in found[0].splitlines()[2:]
        if line.startswith("| B") and line.split("|")[1].strip() not in measured
    ]
    new = markdown(figures).splitlines()
    rows = sorted([*kept, *new[2:]], key=lambda line: int(line.split("|")[1].strip()[1:]))
    text = "\n".join([*new[:2], *rows]) + "\n"
    return document[: found.start()] + text + document[found.end() :]


def _aim(target: Target, unit: Unit) -> str:
    if target.at_least is not None:
        return f"≥ {_text(target.at_least, unit)}"
    return f"≤ {_text(target.at_most or 0, unit)}"


def _text(value: float, unit: Unit) -> str:
    match unit:
        case "share":
            return f"{value:.1%}"
        case "score":
            return f"{value:.3f}"
        case "ratio":
            return f"{value:.2f}x"
        case "ms":
            return f"{value:.1f} ms"
        case "per minute":
            return f"{value:.0f}/min"
        case "count":
            return f"{value:g}"
