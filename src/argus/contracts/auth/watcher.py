"""Which answers of the auth service may have changed, for processes that do not host it."""

import asyncio
import math
import time
from collections.abc import Callable, Iterable
from contextlib import aclosing

import structlog

from argus.contracts.auth.rpc import WATCH_REVOCATIONS
from argus.contracts.auth.v1 import auth_pb2 as pb
from argus.kernel import context
from argus.kernel.errors import ArgusError
from argus.kernel.principal import system
from argus.kernel.rpc.client import Rpc

CURRENT_S = 3.0
"""How old what is known of revocations may be to be gone by: heartbeats come each second."""
_RETRY_S = 0.2
_MOST_KEYS = 100_000

_log = structlog.get_logger(__name__)


class RevocationWatcher:
    """Follows the revocations of one instance of the auth service while `run` runs.

    A change concerns answers of that instance; those of another, and of before a gap, may always
    have changed. How old the picture is counts from the moment that the auth service says it is of:
    a stream that lags is as bad as one that is cut.
    """

    def __init__(self, rpc: Rpc, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._rpc, self._monotonic = rpc, monotonic
        self._changed: dict[bytes, int] = {}
        self._horizon = 0
        self._as_of = -math.inf
        self._asked_at = self._ahead = math.inf
        self.stream: str = ""
        self.sequence: int = 0

    @property
    def staleness_s(self) -> float:
        """For how long nothing has proved that no change was missed."""
        return self._monotonic() - self._as_of

    @property
    def is_current(self) -> bool:
        """Whether a change that is older than `CURRENT_S` would be known."""
        return self.staleness_s <= CURRENT_S

    def may_have_changed(self, stream: str, sequence: int, keys: Iterable[bytes]) -> bool:
        """Whether an answer that `stream` gave at `sequence`, and that rests on these keys, may be
        another one now.
        """
        if stream != self.stream or sequence < self._horizon:
            return True
        changed = self._changed
        return any(changed.get(key, 0) > sequence for key in keys)

    async def run(self) -> None:
        """Follow until cancelled, beginning again whenever the stream breaks."""
        context.principal.set(system("edge"))
        while True:
            try:
                await self._follow()
            except (ArgusError, TimeoutError) as error:
                _log.warning("revocations.stream_lost", error=str(error))
            await asyncio.sleep(_RETRY_S)

    async def _follow(self) -> None:
        # How far the clocks are apart is measured anew.
        self._asked_at, self._ahead = self._monotonic(), math.inf
        position = pb.WatchRevocationsRequest(stream=self.stream, sequence=self.sequence)
        async with aclosing(self._rpc.stream(WATCH_REVOCATIONS, position)) as messages:
            while True:
                async with asyncio.timeout(CURRENT_S):
                    message = await anext(messages, None)
                if message is None or not self.hear(message):
                    return
                if not message.more and not self.is_current:
                    return  # it lags: another stream may be better

    def hear(self, message: pb.RevocationNews) -> bool:
        """Take in the next message; False if one is missing before it."""
        if message.snapshot and message.stream == self.stream and message.sequence < self.sequence:
            return True  # it came late, and lacks what was heard since
        if message.snapshot:
            self.stream, self._changed = message.stream, {}
            self.sequence = self._horizon = message.sequence
        elif message.stream != self.stream or message.after > self.sequence:
            return False
        for change in message.changes if not message.snapshot else ():
            self._changed[change.key] = max(message.sequence, self._changed.get(change.key, 0))
        self.sequence = max(self.sequence, message.sequence)
        if len(self._changed) > _MOST_KEYS:
            self._changed, self._horizon = {}, self.sequence
        if not message.more:
            as_of, now = message.as_of_ms / 1000, self._monotonic()
            came_at = min(self._asked_at, now) if self._ahead == math.inf else now
            self._ahead = min(self._ahead, came_at - as_of)
            self._as_of = max(self._as_of, as_of + self._ahead)
        return True
