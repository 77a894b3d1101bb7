"""Ending what may not hear that it is to end."""

import asyncio

import pytest

from argus.kernel import patience


async def test_a_task_that_forgets_its_first_cancellation_is_cancelled_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(patience, "_AGAIN_S", 0.01)
    forgotten = asyncio.Event()

    async def deaf() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            forgotten.set()
        await asyncio.Event().wait()

    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        task = group.create_task(deaf())
        await asyncio.sleep(0)
        await patience.end([task])
    assert forgotten.is_set()
    assert task.cancelled()
