"""Waiting for what may never answer."""

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

T = TypeVar("T")


async def within(seconds: float, attempt: Awaitable[T]) -> T:
    """What `attempt` comes to, if it does in time; else it is cancelled, and not waited for.

    `asyncio.timeout` waits until what it cancels has ended, and a driver whose server says nothing
    takes seconds to give a statement up.

    Raises:
        TimeoutError
    """
    attempted = asyncio.gather(attempt)
    done, _ = await asyncio.wait([attempted], timeout=seconds)
    if not done:
        attempted.add_done_callback(_drop)
        attempted.cancel()
        raise TimeoutError
    return attempted.result()[0]


def _drop(attempted: "asyncio.Future[Any]") -> None:
    """Nobody waits for what it came to, an error or not."""
    if not attempted.cancelled():
        attempted.exception()
