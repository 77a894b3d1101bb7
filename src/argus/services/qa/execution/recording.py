"""Recordings of executions that failed: a trace for Playwright's viewer, and a film."""

import asyncio
import re
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import StorageState

from argus.services.qa.browser.session import Session
from argus.services.qa.execution.film import film
from argus.services.qa.execution.trace import frames, write_masked
from argus.services.qa.outcome import Recording

_STOP_TIMEOUT_S = 10.0
_TOKEN = re.compile(r"[\w.~+/=-]{16,}")


class Recordings:
    """The recording of each test's last failing execution that was recorded.

    A trace costs too much to be made of each test that passes: it is made of the executions that
    follow a failure anyway.
    """

    def __init__(self, folder: Path) -> None:
        """The folder is the one that reports are written to."""
        self._folder = folder
        self._kept: dict[str, Recording] = {}

    def of(self, test_id: str) -> Recording | None:
        """The test's recording, if there is one."""
        return self._kept.get(test_id)

    def discard(self, test_id: str) -> None:
        """Delete the test's recording, if there is one."""
        if kept := self._kept.pop(test_id, None):
            for name in filter(None, (kept.trace, kept.film)):
                (self._folder / name).unlink(missing_ok=True)

    @asynccontextmanager
    async def recorded(
        self, session: Session, test_id: str, nonce: str, secrets: Iterable[str]
    ) -> AsyncGenerator[None]:
        """Record what happens in the session meanwhile; it replaces the test's last recording.

        Neither file has one of the `secrets` in it, nor a cookie or credential. A browser that ends
        leaves no recording.
        """
        self.discard(test_id)
        await session.context.tracing.start(screenshots=True, snapshots=True)
        session.traced = True
        try:
            yield
        finally:
            session.traced = False
            with suppress(PlaywrightError, TimeoutError), TemporaryDirectory() as folder:
                trace = Path(folder) / "trace.zip"
                async with asyncio.timeout(_STOP_TIMEOUT_S):
                    await session.context.tracing.stop(path=trace)
                kept = await asyncio.to_thread(self._keep, trace, f"{test_id}-{nonce}", secrets)
                self._kept[test_id] = kept

    def _keep(self, trace: Path, stem: str, secrets: Iterable[str]) -> Recording:
        name = f"{stem}.trace.zip"
        with ZipFile(trace) as recorded:
            with ZipFile(self._folder / name, "w") as masked:
                write_masked(recorded, masked, secrets)
            picture = film(frames(recorded))
        if not picture:
            return Recording(trace=name)
        (self._folder / f"{stem}.film.webp").write_bytes(picture)
        return Recording(trace=name, film=f"{stem}.film.webp")


def secrets_of(state: StorageState | None) -> Iterator[str]:
    """What makes a session its user's: cookies, and what looks like a token in local storage."""
    for cookie in (state or {}).get("cookies", []):
        yield cookie.get("value", "")
    for origin in (state or {}).get("origins", []):
        for entry in origin.get("localStorage", []):
            yield from _TOKEN.findall(entry.get("value", ""))
