"""How long to wait for what a page does not show."""

import asyncio

from argus.services.qa.browser.session import Session

AT_REST_S = 2.0
"""Long enough for a page without open requests or changes to show what it is about to."""

_POLL_S = 0.1


class Patience:
    """Time for one wait on a page: `timeout_s`, or `AT_REST_S` of it if the page is at rest."""

    def __init__(self, session: Session, timeout_s: float) -> None:
        self._session = session
        self._clock = asyncio.get_running_loop()
        self._enough = self._clock.time() + AT_REST_S
        self._deadline = self._clock.time() + timeout_s

    async def is_over(self) -> bool:
        """Whether to give up; otherwise a moment has passed, and it is worth looking again.

        Raises:
            PageUnresponsive: the page's scripts do not yield, or its renderer crashed.
        """
        now = self._clock.time()
        if now >= self._deadline:
            return True
        if now >= self._enough and await self._session.settle(self._deadline - now):
            return True
        await asyncio.sleep(_POLL_S)
        return False
