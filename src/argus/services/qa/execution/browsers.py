"""One browser for many tests, replaced when it dies."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from playwright.async_api import Browser

from argus.services.qa.browser.errors import BrowserCrashed
from argus.services.qa.browser.launch import open_browser


class Browsers:
    """Hands out a running browser; an async context manager that ends what it started."""

    def __init__(self, executable: Path | None = None) -> None:
        self._executable = executable
        self._stack = AsyncExitStack()
        self._browser: Browser | None = None
        self._lock = asyncio.Lock()

    async def get(self) -> Browser:
        """The current browser, or a new one if there is none or it has ended.

        Raises:
            BrowserNotFound, BrowserCrashed: none can be started.
        """
        async with self._lock:
            if self._browser is None or not self._browser.is_connected():
                self._browser = await self._stack.enter_async_context(
                    open_browser(self._executable)
                )
            return self._browser

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            await self._stack.__aexit__(kind, error, trace)
        except BrowserCrashed:  # it ended before; the tests that met it say so
            if error is not None:
                raise
