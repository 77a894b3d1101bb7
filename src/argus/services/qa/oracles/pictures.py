"""Pictures of the places where defects show."""

from pathlib import Path

from playwright.async_api import Error as PlaywrightError

from argus.services.qa.browser.session import VIEWPORT_HEIGHT, VIEWPORT_WIDTH, Session
from argus.services.qa.oracles.defect import Defect
from argus.services.qa.outcome import Evidence

MOST_PICTURES = 30
_AROUND, _LEAST = 40, 8
_TIMEOUT_MS = 3_000


class Pictures:
    """Takes them into a folder; names in evidence are relative to it."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._taken = folder, 0

    async def add_to(self, defect: Defect, session: Session) -> Defect:
        """The defect with a picture of its place and what is around, if that is in the window."""
        box = defect.box
        if box is None or self._taken >= MOST_PICTURES:
            return defect
        left, top = max(box.x - _AROUND, 0), max(box.y - _AROUND, 0)
        width = min(box.x + box.width + _AROUND, VIEWPORT_WIDTH) - left
        height = min(box.y + box.height + _AROUND, VIEWPORT_HEIGHT) - top
        if min(width, height) < _LEAST:
            return defect
        name = f"finding-{self._taken + 1}.jpg"
        try:
            await session.page.screenshot(
                path=self._folder / name,
                type="jpeg",
                quality=70,
                clip={"x": left, "y": top, "width": width, "height": height},
                timeout=_TIMEOUT_MS,
            )
        except PlaywrightError:  # the page moved on: the words must do
            return defect
        self._taken += 1
        picture = Evidence(kind="picture", message=str(box), url=defect.url, screenshot=name)
        return defect.model_copy(update={"evidence": (picture, *defect.evidence)})
