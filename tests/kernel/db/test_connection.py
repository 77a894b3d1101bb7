"""Connections sleep while they wait."""

import asyncio

import pytest
from sqlalchemy import text

from argus.kernel.db.connection import has_ended
from support.toy import Toy, of


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
        async for _ in connection.notifies(timeout=1):
            pass
    assert delays[0] > 0.2, "psycopg alone looks up after 0.1 s"


async def test_a_connection_that_the_server_has_ended_is_replaced_before_its_next_use(
    toy: Toy,
) -> None:
    async def backend() -> int:
        async with toy.database.unit_of_work(of(None)) as uow:
            return await uow.session.scalar(text("select pg_backend_pid()"))

    first = await backend()
    assert await backend() == first
    toy.execute("select pg_terminate_backend(%s, 30000)", first)
    assert await backend() != first


async def test_an_idle_connection_has_ended_when_the_server_ended_it(toy: Toy) -> None:
    async with await toy.database.connect() as connection:
        assert not has_ended(connection)
        toy.execute("select pg_terminate_backend(%s, 30000)", connection.info.backend_pid)
        assert has_ended(connection)
    assert has_ended(connection)
