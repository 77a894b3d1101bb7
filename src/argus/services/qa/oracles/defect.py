"""What an oracle hands over: a defect, and what makes it the same one when seen again."""

from argus.kernel.schema import Value
from argus.services.qa.outcome import Evidence, Severity


class Box(Value):
    """A part of the page in CSS pixels, from the upper left corner of the document."""

    x: float
    y: float
    width: float
    height: float

    def __str__(self) -> str:
        return f"{self.width:.0f} x {self.height:.0f} px at {self.x:.0f}, {self.y:.0f}"


class Defect(Value):
    """A suspicion with its evidence. Two with one `kind` and `signature` are one finding."""

    kind: str
    severity: Severity
    url: str
    message: str
    signature: str
    evidence: tuple[Evidence, ...] = ()
    box: Box | None = None
    """Where it shows, for a picture."""


def seen(url: str, selector: str, box: Box | None = None, figure: str = "") -> Evidence:
    """Evidence that leads a reader to an element: its CSS path, where it stands, a measure."""
    where = f", {box}" if box else ""
    measured = f": {figure}" if figure else ""
    return Evidence(kind="element", message=f"{selector}{where}{measured}", url=url)
