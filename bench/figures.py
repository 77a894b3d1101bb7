"""Single figures with their bounds, and a floor where there is one."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Figure:
    """What was measured, and what it has to be."""

    name: str
    value: float
    unit: str
    at_most: float | None = None
    at_least: float | None = None
    floor: float | None = None
    """The same of what cannot be done without, in the same run."""

    @property
    def is_met(self) -> bool | None:
        """Whether the value is within its bounds; None where there are none."""
        if self.at_most is None and self.at_least is None:
            return None
        above = self.at_most is not None and self.value > self.at_most
        below = self.at_least is not None and self.value < self.at_least
        return not above and not below


def figures_table(figures: Sequence[Figure]) -> str:
    """For people."""
    lines = [f"{'':58} {'value':>12} {'unit':<12} {'bound':>12} {'floor':>10}"]
    for figure in figures:
        bound, floor = "", "" if figure.floor is None else f"{figure.floor:,.2f}"
        if figure.at_most is not None:
            bound = f"<= {figure.at_most:,.6g}"
        if figure.at_least is not None:
            bound = f">= {figure.at_least:,.6g}"
        verdict = {None: "", True: " ok", False: " MISSED"}[figure.is_met]
        lines.append(
            f"{figure.name:58} {figure.value:12,.2f} {figure.unit:<12} {bound:>12} {floor:>10}"
            + verdict
        )
    return "\n".join(lines)


def figures_as_json(figures: Sequence[Figure]) -> list[dict[str, object]]:
    """For programs."""
    return [{**asdict(figure), "is_met": figure.is_met} for figure in figures]
