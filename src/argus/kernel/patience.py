"""Waiting for what may never answer."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Coroutine, Iterable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

T = TypeVar("T")

_AGAIN_S = 7.0
"""More than the five seconds for which jobs that are cancelled may still end by themselves."""


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


@asynccontextmanager
async def alongside(*work: Coroutine[Any, Any, None]) -> AsyncGenerator[None]:
    """Let endless work go on within the block; it has ended when the block has."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(each) for each in work]
        try:
            yield
        finally:
            await end(tasks)


async def end(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel the tasks until they have ended; what they raise is for their group.

    Once is not always enough: before Python 3.12 the `asyncio.wait_for` of a driver forgets a
    cancellation that comes just as what it waits for does, as when the database ends too.
    """
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=_AGAIN_S)


def _drop(attempted: "asyncio.Future[Any]") -> None:
    """Nobody waits for what it came to, an error or not."""
    if not attempted.cancelled():
        attempted.exception()
