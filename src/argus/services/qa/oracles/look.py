"""A page's layout, timing and insecure parts, read in one evaluation of look.js."""

from collections.abc import Iterator
from importlib import resources

from argus.kernel.schema import Value
from argus.services.qa.browser.page_script import with_dom
from argus.services.qa.browser.session import Session
from argus.services.qa.oracles.defect import Box, Defect, seen
from argus.services.qa.oracles.vitals import Vitals
from argus.services.qa.outcome import Severity
from argus.services.qa.urls import url_template

_SCRIPT = with_dom(resources.files("argus.services.qa.oracles").joinpath("look.js").read_text())
_LIMITS = {"maxElements": 20_000, "most": 5}


class WideSeen(Value):
    """The innermost element that reaches beyond the window."""

    path: str
    box: Box


class ClippedSeen(Value):
    """An element whose own box hides a part of its text; `lost` in CSS pixels."""

    path: str
    box: Box
    text: str
    lost: int


class InsecureSeen(Value):
    """An element of an https page that asks for, or sends to, an http address."""

    path: str
    tag: str
    url: str


class AstraySeen(Value):
    """A link to a place in its own page that is not there."""

    path: str
    name: str
    place: str
    box: Box


class PageLook(Value):
    """What one evaluation saw of the page."""

    url: str
    elements: int
    width: int
    excess: int
    """CSS pixels by which the page is wider than the window; 0 where it does not scroll."""
    wide: tuple[WideSeen, ...]
    clipped: tuple[ClippedSeen, ...]
    insecure: tuple[InsecureSeen, ...]
    astray: tuple[AstraySeen, ...]
    vitals: Vitals | None
    """None in a document that the session did not open itself."""

    def defects(self) -> Iterator[Defect]:
        """What is wrong with its parts; how they are laid out is for `visual.VisualAI`."""
        template = url_template(self.url)
        for part in self.insecure:
            verb = "sends what is entered to" if part.tag == "form" else f"loads a {part.tag} from"
            yield Defect(
                kind="mixed_content",
                severity=Severity.MEDIUM,
                url=self.url,
                message=f"the secure page {verb} {part.url}, which is not secure",
                signature=f"{part.tag} {url_template(part.url)}",
                evidence=(seen(self.url, part.path),),
            )
        for link in self.astray:
            yield Defect(
                kind="broken_anchor",
                severity=Severity.LOW,
                url=self.url,
                message=f'the link "{link.name}" leads to #{link.place}, which is not on the page',
                signature=f"{template} {link.place}",
                evidence=(seen(self.url, link.path, link.box),),
                box=link.box,
            )


async def look_at(session: Session) -> PageLook:
    """Look at the page as it is now.

    Raises:
        PageUnresponsive: the page does not answer.
        playwright.async_api.Error: it keeps navigating.
    """
    return PageLook.model_validate(await session.evaluate(_SCRIPT, _LIMITS))
