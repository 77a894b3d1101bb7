"""Usage on its way to Argus: kept in memory, sent in batches, counted once.

An event has its id from the moment it is recorded, and Argus counts an id once, so whatever may
have arrived is sent again until it was answered. What cannot be delivered is never dropped in
silence: `record` refuses when the buffer is full, and what is left at the end is logged, whole.
"""

import json
import logging
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from uuid import uuid4

from argus_client.errors import PlatformRefused, Unavailable, UsageBufferFull

MAX_BATCH = 1000
"""Events in one request: what `POST /api/v1/billing/usage` takes."""
SOON_S = 1.0
"""How long an event waits for company."""
_LONGEST_PAUSE_S = 60.0

_log = logging.getLogger("argus_client")


@dataclass(frozen=True, slots=True)
class UsageEvent:
    """One use of a meter. The same (source, id) again is not counted again."""

    id: str
    source: str
    meter: str
    quantity: int
    occurred_at: str

    def __post_init__(self) -> None:
        """Refuse here what Argus would refuse: one bad event must not hold up the others.

        Raises:
            ValueError
        """
        if not 1 <= len(self.meter) <= 100 or not 1 <= len(self.source) <= 100:
            raise ValueError("the names of a meter and a source have 1 to 100 characters")
        if not 1 <= len(self.id) <= 200:
            raise ValueError("the id of an event has 1 to 200 characters")
        if not 0 <= self.quantity <= 10**12:
            raise ValueError("a quantity is between 0 and 10^12")


class UsageBuffer:
    """Takes events at once, and delivers them in a thread of its own."""

    def __init__(
        self, send: Callable[[list[dict[str, object]]], object], source: str, size: int
    ) -> None:
        self._send, self._source, self._size = send, source, size
        self._events: list[UsageEvent] = []
        self._lock, self._sending = threading.Lock(), threading.Lock()
        self._wanted, self._closed = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        self._failures = 0

    def record(
        self, meter: str, quantity: int, id: str | None, occurred_at: datetime | None
    ) -> str:
        """Keep the event, and return its id.

        Raises:
            UsageBufferFull: it is not kept.
            ValueError: it can never be counted.
        """
        at = (occurred_at or datetime.now(UTC)).isoformat()
        event = UsageEvent(str(uuid4()) if id is None else id, self._source, meter, quantity, at)
        with self._lock:
            if len(self._events) >= self._size or self._closed.is_set():
                raise UsageBufferFull(f"{len(self._events)} events wait for Argus already")
            self._events.append(event)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="argus-usage", daemon=True)
                self._thread.start()
            if len(self._events) >= MAX_BATCH:
                self._wanted.set()
        return event.id

    @property
    def waiting(self) -> int:
        """Events that were not delivered yet."""
        return len(self._events)

    def flush(self) -> None:
        """Deliver all that was recorded before.

        Raises:
            Unavailable, PlatformRefused: it is kept, and tried again.
        """
        with self._sending:
            left = len(self._events)
            while left > 0:
                batch = self._events[: min(left, MAX_BATCH)]
                self._deliver(batch)
                with self._lock:
                    del self._events[: len(batch)]
                left -= len(batch)

    def close(self, patience_s: float) -> Sequence[UsageEvent]:
        """Deliver what is left, within about that time; returns, and logs, what could not be."""
        with self._lock:
            self._closed.set()
        self._wanted.set()
        until = time.monotonic() + patience_s
        while self._events:
            try:
                self.flush()
            except (Unavailable, PlatformRefused) as error:
                pause = self._pause()
                if time.monotonic() + pause > until:
                    self._report(f"Argus could not be told of usage: {error}", self._events)
                    break
                self._rest(pause)
        return tuple(self._events)

    def _run(self) -> None:
        pause = SOON_S
        while not self._closed.is_set():
            self._wanted.wait(pause)
            self._wanted.clear()
            try:
                self.flush()
            except Exception as error:  # a thread that ends would leave the rest to the end
                pause = self._pause()
                _log.warning("%d usage events wait: %r", self.waiting, error)
                self._closed.wait(pause)
            else:
                pause, self._failures = SOON_S, 0

    def _deliver(self, batch: Sequence[UsageEvent]) -> None:
        try:
            self._send([asdict(event) for event in batch])
        except PlatformRefused as error:
            if error.answered != 422:
                raise
            if len(batch) == 1:  # it can never be counted: say so, and let the others pass
                self._report(f"Argus refused usage: {error}", batch)
                return
            middle = len(batch) // 2
            self._deliver(batch[:middle])
            self._deliver(batch[middle:])

    def _pause(self) -> float:
        """Before the next try: longer each time, and never the same for two processes."""
        self._failures = min(self._failures + 1, 10)
        longest = min(SOON_S * 2**self._failures, _LONGEST_PAUSE_S)
        return longest * (0.5 + random.random() / 2)  # noqa: S311 - spreads load, no secret

    def _rest(self, seconds: float) -> None:
        threading.Event().wait(seconds)

    def _report(self, said: str, events: Sequence[UsageEvent]) -> None:
        _log.error("%s; not delivered: %s", said, json.dumps([asdict(each) for each in events]))
