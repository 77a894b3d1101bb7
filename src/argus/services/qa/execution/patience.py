"""How long to wait for what a page does not show."""

import asyncio

from argus.services.qa.browser.session import Session

_AT_REST_S = 1.0
"""Long enough for a page without requests or changes to show what it is about to."""

_POLL_S = 0.1
"""Before the second look; each further wait is twice as long, for a look is work for the page."""


class Patience:
    """Time for one wait on a page: `timeout_s`, or less if the page comes to rest before.

    At rest is a page that, a second after the wait began, has no request and no change for another.
    """

    def __init__(self, session: Session, timeout_s: float) -> None:
        self._session = session
        self._clock = asyncio.get_running_loop()
        self._enough = self._clock.time() + _AT_REST_S
        self._deadline = self._clock.time() + timeout_s
        self._pause_s = _POLL_S
        self._at_rest = False

    async def is_over(self) -> bool:
        """Whether to give up; otherwise a moment has passed, and it is worth looking again.

        Raises:
            PageUnresponsive: the page's scripts do not yield, or its renderer crashed.
        """
        now = self._clock.time()
        if self._at_rest or now >= self._deadline:
            return True
        left_s = self._deadline - now
        if now < self._enough:
            await asyncio.sleep(min(self._pause_s, self._enough - now, left_s))
            self._pause_s *= 2
        else:  # what it showed last, before it came to rest, is still to be looked at
            self._at_rest = await self._session.settle(left_s, rest_s=min(left_s, _AT_REST_S))
        return False
