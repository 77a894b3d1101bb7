"""The two clients: one interface, once for threads and once for `await`."""

import concurrent.futures
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from datetime import datetime
from typing import Any, Self, TypeVar

from argus_client.engine import Engine, Steps
from argus_client.entitlements import Entitlement
from argus_client.principal import Principal
from argus_client.questions import Proof
from argus_client.settings import Settings

T = TypeVar("T")


class _Client:
    """What both do alike: nothing of it waits."""

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        engine: Engine | None = None,
    ) -> None:
        """A client of these settings; without any, of the environment's (`Settings`).

        Nothing is sent before the first question. The clocks are for tests; clients of one `engine`
        share what they know.

        Raises:
            ConfigurationError: the environment lacks something; all of it is named.
        """
        self.settings = settings or Settings.from_environment()
        self._engine = engine or Engine(self.settings, wall=wall, monotonic=monotonic)

    def record_usage(
        self,
        meter: str,
        quantity: int = 1,
        *,
        id: str | None = None,
        occurred_at: datetime | None = None,
    ) -> str:
        """Count a use for your organization's plan; returns the event's id without waiting.

        It is sent within about a second, with others, until Argus has answered; at exit and by
        `close` at the latest. Give an `id` of your own where you may record the same use twice: it
        counts once.

        Raises:
            UsageBufferFull: it is not recorded, because Argus has been silent for long.
            ValueError: it can never be counted.
        """
        return self._engine.usage.record(meter, quantity, id, occurred_at)

    @property
    def usage_waiting(self) -> int:
        """Recorded events that were not delivered yet."""
        return self._engine.usage.waiting


class ArgusClient(_Client):
    """Asks who calls, what they may do and what the plan includes. Safe to share by all threads."""

    def verify(self, credential: str, proof: Proof | None = None) -> Principal:
        """Who presents this access token or API key, if it is good and not revoked.

        Without the network where the credential was seen before; otherwise a token costs the
        verification of its signature and an API key one request. A revocation shows within a second
        while the feed is heard, and within `Settings.staleness_bound` when it is not.

        `proof` is that of a request with `Authorization: DPoP`; it is checked by Argus.

        Raises:
            Unauthenticated: with the reason.
            Unavailable: it cannot be judged now; RevocationsStale if that is why.
        """
        principal = self._engine.recall(credential) if proof is None else None
        return principal or _wait(self._engine.verify(credential, proof))

    def entitled(self, feature: str, quantity: int = 1) -> Entitlement:
        """Whether your organization's plan includes the feature: true or false, and why.

        Up to half a minute old, and a quarter of an hour while Argus does not answer. Of a meter
        `quantity` is how much more, of anything else how many there would be.

        Raises:
            Unavailable: Argus is silent, and has not been asked lately.
            PlatformRefused: this service lacks `entitlement:check`, or there is no such feature.
        """
        return _wait(self._engine.entitled(feature, quantity))

    def access_token(self) -> str:
        """A token of this service itself, for calls to Argus; renewed ahead of its end.

        Raises:
            Unavailable, PlatformRefused
        """
        return self._engine.transport.access_token()

    def flush_usage(self) -> None:
        """Deliver all usage that was recorded before.

        Raises:
            Unavailable, PlatformRefused: it is kept, and tried again.
        """
        self._engine.usage.flush()

    @property
    def awaitable(self) -> "AsyncArgusClient":
        """The same client for `await`: it shares all that this one knows."""
        return AsyncArgusClient(self.settings, engine=self._engine)

    def close(self) -> None:
        """Deliver usage, stop and disconnect. What cannot be delivered in 5 s is logged, whole."""
        self._engine.close()

    def __enter__(self) -> Self:
        """This client, closed at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()


class AsyncArgusClient(_Client):
    """The same for one event loop or several. No call blocks a loop: what was seen before is
    answered at once, and what reaches out does so in threads of the client.
    """

    async def verify(self, credential: str, proof: Proof | None = None) -> Principal:
        """As `ArgusClient.verify`."""
        principal = self._engine.recall(credential) if proof is None else None
        return principal or await _awaited(self._engine.verify(credential, proof))

    async def entitled(self, feature: str, quantity: int = 1) -> Entitlement:
        """As `ArgusClient.entitled`."""
        return await _awaited(self._engine.entitled(feature, quantity))

    async def access_token(self) -> str:
        """As `ArgusClient.access_token`."""
        return await _awaited(self._engine.submit(self._engine.transport.access_token))

    async def flush_usage(self) -> None:
        """As `ArgusClient.flush_usage`."""
        await _awaited(self._engine.submit(self._engine.usage.flush))

    async def close(self) -> None:
        """As `ArgusClient.close`."""
        import asyncio

        await asyncio.to_thread(self._engine.close)

    async def __aenter__(self) -> Self:
        """This client, closed at the end of the block."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close it."""
        await self.close()


def _wait(steps: Steps[T]) -> T:
    try:
        while True:
            concurrent.futures.wait([next(steps)])
    except StopIteration as done:
        return done.value


async def _awaited(steps: Steps[T]) -> T:
    while True:
        try:
            future = next(steps)
        except StopIteration as done:
            return done.value
        await _done(future)


async def _done(future: "Future[Any]") -> None:
    """Wait without a hold on the future, which others wait for too: giving up cancels only this."""
    import asyncio

    loop = asyncio.get_running_loop()
    woken = asyncio.Event()

    def wake(_: object) -> None:
        with suppress(RuntimeError):  # the loop has been closed meanwhile
            loop.call_soon_threadsafe(woken.set)

    future.add_done_callback(wake)
    await woken.wait()
