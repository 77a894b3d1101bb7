"""Pressing an element, however long what it leads to takes to answer."""

from playwright.async_api import Locator
from playwright.async_api import TimeoutError as PlaywrightTimeout

_PRESSED = "click action done"
"""So says Playwright's call log, before it waits for a navigation to begin."""


async def click(located: Locator, timeout_ms: float) -> None:
    """Press the element as soon as it can be pressed.

    An answer that has not begun by the end of the time is for `Session.settle` to wait for.

    Raises:
        playwright.async_api.TimeoutError: it could not be pressed in time.
        playwright.async_api.Error: it is gone.
    """
    try:
        await located.click(timeout=timeout_ms)
    except PlaywrightTimeout as error:
        if _PRESSED not in error.message:
            raise
