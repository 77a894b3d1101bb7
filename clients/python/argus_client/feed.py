"""Follows `GET /api/v1/auth/revocations` in a thread, and begins again whenever it breaks."""

import json
import logging
import random
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from typing import TYPE_CHECKING

from argus_client.errors import Unavailable
from argus_client.revocations import FeedBroken, RevocationPicture, parse_message
from argus_client.transport import ServiceTransport

if TYPE_CHECKING:
    import httpx

PATH = "/api/v1/auth/revocations"
SILENCE_S = 4.0
"""After this the connection counts as dead: heartbeats come each second."""
_LONGEST_PAUSE_S = 5.0
_LONGEST_GOODBYE_S = 2.0
"""A thread that waits for a connection then is left to the end of the process."""

_log = logging.getLogger("argus_client")


class RevocationFeed:
    """Keeps a picture current for as long as it is not closed."""

    def __init__(
        self,
        transport: ServiceTransport,
        picture: RevocationPicture,
        monotonic: Callable[[], float],
    ) -> None:
        self._transport, self._picture, self._monotonic = transport, picture, monotonic
        self._closed = threading.Event()
        self._answer: httpx.Response | None = None
        self.tried: Future[None] = Future()
        """Done when the first attempt has ended: with a picture, or with what is in the way."""
        self.problem = ""
        """What ended the last connection, for people."""
        self._thread = threading.Thread(target=self._run, name="argus-feed", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop following, now."""
        self._closed.set()
        answer = self._answer
        if answer is not None:
            with suppress(KeyError, OSError):
                stream = answer.extensions["network_stream"]
                stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
        self._thread.join(_LONGEST_GOODBYE_S)

    def _run(self) -> None:
        failures = 0
        while not self._closed.is_set():
            trusted_until = self._picture.trusted_until
            try:
                self._follow()
                problem: Exception = Unavailable("the feed ended")
            except Exception as error:  # a thread that ends would leave the picture stale for ever
                problem = error
            self.problem = str(problem)
            failures = 0 if self._picture.trusted_until > trusted_until else failures + 1
            if not self.tried.done():
                self.tried.set_exception(problem)
            if not self._closed.is_set():
                _log.warning("the revocation feed broke: %r", problem)
                longest = min(0.1 * 2 ** min(failures, 10), _LONGEST_PAUSE_S)
                self._closed.wait(longest * random.random())  # noqa: S311 - spreads load

    def _follow(self) -> None:
        picture = self._picture
        position = {"stream": picture.stream, "sequence": picture.sequence}
        parameters = position if picture.stream else {}
        asked_at = self._monotonic()
        with self._transport.stream(PATH, parameters, silence_s=SILENCE_S) as answer:
            self._answer = answer
            picture.begin(asked_at)
            try:
                for document in events(answer.iter_lines()):
                    picture.apply(parse_message(document), self._monotonic())
                    if picture.version and not self.tried.done():
                        self.tried.set_result(None)
                    if self._closed.is_set():
                        return
            finally:
                self._answer = None


def events(lines: Iterable[str]) -> Iterator[object]:
    """The JSON of each event of a stream (`text/event-stream`); comments are left out.

    Raises:
        FeedBroken: an event is no JSON.
    """
    data: list[str] = []
    for line in lines:
        if line.startswith("data:"):
            data.append(line.removeprefix("data:").removeprefix(" "))
        elif not line and data:
            try:
                yield json.loads("\n".join(data))
            except ValueError as error:
                raise FeedBroken(f"an event is no JSON: {error}") from None
            data = []
