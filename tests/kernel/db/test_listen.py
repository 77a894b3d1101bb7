"""Notifications are wake-up calls that survive a lost connection."""

import asyncio

from support.toy import Toy, of


async def test_a_notification_wakes_those_who_wait_for_its_payload(toy: Toy) -> None:
    async with asyncio.TaskGroup() as group, asyncio.timeout(20):
        task = group.create_task(toy.listener.run())
        async with (
            toy.listener.subscribe("toy", "a") as a,
            toy.listener.subscribe("toy", "b") as b,
        ):
            assert await a.wait(20), "connecting wakes everybody"
            assert await b.wait(20)
            async with toy.database.unit_of_work(of(None)) as uow:
                await uow.notify("toy", "a")
            assert await a.wait(20)
            assert not await b.wait(0)
        task.cancel()


async def test_a_lost_connection_wakes_everybody_and_is_made_anew(toy: Toy) -> None:
    async with asyncio.TaskGroup() as group, asyncio.timeout(20):
        task = group.create_task(toy.listener.run())
        async with toy.listener.subscribe("toy", "a") as a:
            assert await a.wait(20)
            toy.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and query like 'listen%'"
            )
            assert await a.wait(20), "what was notified meanwhile must not be missed"
            async with toy.database.unit_of_work(of(None)) as uow:
                await uow.notify("toy", "a")
            assert await a.wait(20)
        task.cancel()
