"""All oracles that look at a state, the cheap ones first."""

import asyncio
from dataclasses import dataclass, field

from playwright.async_api import Error as PlaywrightError

from argus.services.qa.agent import Ledger
from argus.services.qa.browser.errors import PageFailed
from argus.services.qa.browser.session import Session
from argus.services.qa.browser.traffic import Window
from argus.services.qa.language_models.advisor import Advisor
from argus.services.qa.oracles.accessibility import MOST_ELEMENTS, AccessibilityChecker
from argus.services.qa.oracles.defect import Defect
from argus.services.qa.oracles.links import Links, ask
from argus.services.qa.oracles.look import look_at
from argus.services.qa.oracles.transport import SecurityScanner, Sent
from argus.services.qa.oracles.visual import VisualAI
from argus.services.qa.oracles.vitals import Measured, PerformanceAnalyzer, Vitals, VitalsBudget

_EXAMINATION_S = 10.0
"""What each of those who look at a state may take."""
_ASKING_AT_ONCE = 4
_IS_PAGE = "/html/.test(document.contentType)"
"""JSON, text or an image is shown by the browser's own page, which is nobody's defect."""
_STATES_PER_COLLECTION = 10
"""Each document leaves megabytes behind; the browser lets them grow to a gigabyte in 200."""


@dataclass
class Examination:
    """What came of one."""

    defects: list[Defect] = field(default_factory=list[Defect])
    vitals: Vitals | None = None
    """Of the document; None if no document was loaded on the way, or it was not looked at."""


class Inspector:
    """Examines the states of one application; what it cannot examine it passes over."""

    def __init__(
        self,
        app_url: str,
        budget: VitalsBudget,
        advisor: Advisor | None = None,
        ledger: Ledger | None = None,
        links: Links | None = None,
    ) -> None:
        self._app_url, self._ledger = app_url, ledger or Ledger()
        self._visual = VisualAI(advisor)
        self._accessibility = AccessibilityChecker()
        self._performance = PerformanceAnalyzer(budget)
        self._security = SecurityScanner()
        self._examined = 0
        self.links = links or Links()

    async def examine(self, session: Session, arrived: Window) -> Examination:
        """Examine the page that is open. `arrived` is what happened on the way to it.

        A page that does not stand the examination is replaced by a blank one.
        """
        made, charge = Examination(), self._ledger.charge
        sent = Sent(self._app_url, documents=arrived.documents)
        made.defects += await charge(self._security, sent, _EXAMINATION_S)
        try:
            if not await session.evaluate(_IS_PAGE):
                return made
            look = await look_at(session)
            made.defects += await charge(self._visual, look, _EXAMINATION_S)
            made.defects += look.defects()
            if look.vitals:
                made.vitals = look.vitals if arrived.documents else None
                measured = Measured(url=look.url, vitals=look.vitals)
                made.defects += await charge(self._performance, measured, _EXAMINATION_S)
            if look.elements <= MOST_ELEMENTS:
                made.defects += await charge(self._accessibility, session, _EXAMINATION_S)
            self._examined += 1
            if self._examined % _STATES_PER_COLLECTION == 0:
                await session.collect_garbage()
        except (PlaywrightError, PageFailed):
            # The page moved on, or is too heavy for an examination: neither is a defect of it.
            if not session.connected:
                raise
        return made

    async def conclude(self, session: Session) -> list[Defect]:
        """What can be said only at the end: of cookies, and of links that were not followed."""
        cookies = await session.context.cookies(self._app_url)
        sent = Sent(self._app_url, cookies=cookies)
        found = await self._ledger.charge(self._security, sent, _EXAMINATION_S)
        slots = asyncio.Semaphore(_ASKING_AT_ONCE)

        async def ask_for(url: str, source: str) -> Defect | None:
            async with slots:
                return await ask(session.context.request, url, source)

        async with asyncio.TaskGroup() as group:
            asked = [group.create_task(ask_for(*link)) for link in self.links.unopened()]
        return found + [defect for task in asked if (defect := task.result())]
