"""The trials for people: the table that the documentation shows."""

import re
from collections.abc import Mapping, Sequence

from argus.services.qa.reports.verdict import numbered
from bench.applications.trial import Run, Trial

_HEADINGS = (
    "application",
    "releases",
    "seen",
    "first run",
    "second run",
    "after the change",
    "findings",
    "reds",
    "minutes",
)
_BETWEEN = re.compile(r"(?<=<!-- trials: begin -->\n).*?(?=<!-- trials: end -->)", re.DOTALL)


def markdown(trials: Sequence[Trial]) -> str:
    """A table with a row for each application."""
    return "".join(f"{_row(cells)}\n" for cells in (*_HEAD, *(map(_cells, trials))))


def filled_in(document: str, trials: Sequence[Trial]) -> str:
    """The document with these trials in place of earlier ones of the same applications.

    Raises:
        ValueError: it has no place for them.
    """
    found = _BETWEEN.search(document)
    if found is None:
        raise ValueError("<!-- trials: begin --> and <!-- trials: end --> are missing")
    rows = {line.split(" | ")[0]: line for line in found[0].splitlines()[len(_HEAD) :]}
    for trial in trials:
        line = _row(_cells(trial))
        rows[line.split(" | ")[0]] = line
    table = "\n".join([*map(_row, _HEAD), *rows.values()])
    return f"{document[: found.start()]}{table}\n{document[found.end() :]}"


_HEAD = (_HEADINGS, ("---",) * len(_HEADINGS))


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cells(trial: Trial) -> tuple[str, ...]:
    first = trial.first
    return (
        trial.what,
        f"{trial.before}, then {trial.after}",
        f"{numbered(first.pages, 'page')}, {numbered(first.states, 'state')}",
        *(_came_to(run) for run in trial.runs),
        _counted(first.findings),
        "<br>".join(_reds(trial)) or "none",
        f"{sum(run.wall_s for run in trial.runs) / 60:.1f}",
    )


def _came_to(run: Run) -> str:
    return _counted(run.tests) or run.said.replace("\n", " ") or "no tests"


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in sorted(counts.items()))


def _reds(trial: Trial) -> list[str]:
    told = {
        f"{red.what}: {red.message} ({red.why or 'not explained'})".replace("|", "\\|")
        for run in trial.runs
        for red in run.reds
    }
    return sorted(told)
