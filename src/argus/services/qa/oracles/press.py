"""Dead buttons: enabled, named, and pressing them changes nothing that anybody could notice.

An effect is a change of the document or of what it shows, of a field, the focus or the scroll
position, a request, a message, a dialog, a window, a download, something stored or copied. Where an
effect could escape us (a canvas, a video, a frame) nothing is claimed.
"""

from importlib import resources

from playwright.async_api import Locator

from argus.services.qa.browser.page_script import with_dom
from argus.services.qa.browser.session import Session
from argus.services.qa.browser.traffic import Mark
from argus.services.qa.oracles.defect import Defect, seen
from argus.services.qa.outcome import Severity
from argus.services.qa.urls import url_template

_SCRIPT = with_dom(resources.files("argus.services.qa.oracles").joinpath("press.js").read_text())


class Press:
    """One press of a button, from before it to after it."""

    def __init__(self, session: Session, control: Locator, path: str, name: str) -> None:
        self._session, self._control, self._path, self._name = session, control, path, name
        self._mark: Mark | None = None
        self._url = session.url

    async def begin(self) -> None:
        """Call right before the press.

        Raises:
            playwright.async_api.Error: the control is gone.
        """
        await self._control.evaluate(_SCRIPT)
        self._mark = self._session.mark()

    async def defect(self) -> Defect | None:
        """Call when the page has settled after the press.

        Raises:
            PageUnresponsive, playwright.async_api.Error: the page does not answer.
        """
        if self._mark is None or self._session.since(self._mark).eventful:
            return None
        if await self._session.evaluate(_SCRIPT) is not False:
            return None
        return Defect(
            kind="dead_button",
            severity=Severity.MEDIUM,
            url=self._url,
            message=f'pressing the button "{self._name}" changes nothing',
            signature=f"{url_template(self._url)} {self._name}",
            evidence=(seen(self._url, self._path),),
        )
