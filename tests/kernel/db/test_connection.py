"""Connections sleep while they wait."""

import asyncio

import pytest

from support.toy import Toy


async def test_a_connection_that_listens_does_not_wake_up_in_between(
    toy: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop, delays = asyncio.get_running_loop(), list[float]()
    call_later = loop.call_later

    def noted(delay: float, *call: object) -> asyncio.TimerHandle:
        delays.append(delay)
        return call_later(delay, *call)  # pyright: ignore[reportArgumentType,reportCallIssue]

    async with await toy.database.connect() as connection:
        await connection.execute("listen toy")
        monkeypatch.setattr(loop, "call_later", noted)
        async for _ in connection.notifies(timeout=0.3):
            pass
    assert delays[0] > 0.2, "psycopg alone looks up after 0.1 s"
