"""Use cases take turns on the event loop: many at once delay nobody who needs one pass of it.

Between two waits a use case spends up to a millisecond of Python, a dozen times. Were all that can
go on to do so in one pass of the loop, each answer that needs no use case, as most validations do,
would wait for as many of these pieces as there are use cases under way.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from weakref import WeakKeyDictionary

_SHORT_S = 0.002
"""A pass that took as long had other work than pieces of use cases: they get one more for each of
these, or a server with a thousand validations under way would answer nothing else.
"""


class Turns:
    """Gives use cases of one event loop a turn at a time; see the module's docstring.

    First come, first served, but who has begun goes before who has not: fewer are then under way,
    and hold a connection, at a time.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._loop, self._now = loop, now
        self._begun = deque[asyncio.Future[None]]()
        self._new = deque[asyncio.Future[None]]()

    async def take(self, *, begun: bool) -> None:
        """Come back in a later pass of the loop, when it is this caller's turn."""
        turn = self._loop.create_future()
        if not (self._begun or self._new):
            self._loop.call_soon(self._give, self._now())
        (self._begun if begun else self._new).append(turn)
        await turn

    def _give(self, gave_at: float) -> None:
        now = self._now()
        turns = 1 + int((now - gave_at) / _SHORT_S)
        while turns and (waiting := self._begun or self._new):
            turn = waiting.popleft()
            if not turn.cancelled():
                turn.set_result(None)
                turns -= 1
        if self._begun or self._new:
            self._loop.call_soon(self._give, now)


_TURNS = WeakKeyDictionary[asyncio.AbstractEventLoop, Turns]()


async def take_turn(*, begun: bool) -> None:
    """Let the running loop turn, and go on when nobody who asked before is waiting.

    `begun`: a statement of this use case was sent already, or is about to be.
    """
    loop = asyncio.get_running_loop()
    turns = _TURNS.get(loop)
    if turns is None:
        turns = _TURNS[loop] = Turns(loop)
    await turns.take(begun=begun)
