"""Who waits on an event loop while many use cases have something to do on it."""

import asyncio

from argus.kernel.turns import Turns


class Stopwatch:
    """Stands still unless it is told how long a pass took."""

    def __init__(self) -> None:
        self.s = 0.0

    def __call__(self) -> float:
        return self.s


async def test_one_use_case_at_a_time_goes_on_in_a_pass_of_the_loop() -> None:
    turns, in_this_pass, most = Turns(asyncio.get_running_loop(), Stopwatch()), 0, 0

    async def use_case() -> None:
        nonlocal in_this_pass, most
        for _ in range(3):
            await turns.take(begun=True)
            in_this_pass += 1
            most = max(most, in_this_pass)

    async with asyncio.TaskGroup() as running:
        tasks = [running.create_task(use_case()) for _ in range(10)]
        while not all(task.done() for task in tasks):
            in_this_pass = 0
            await asyncio.sleep(0)
    assert most == 1


async def test_those_under_way_go_before_those_that_begin_and_each_in_the_order_they_came() -> None:
    turns, went = Turns(asyncio.get_running_loop(), Stopwatch()), list[str]()
    came = [("new 1", False), ("begun 1", True), ("new 2", False), ("begun 2", True)]

    async def use_case(name: str, *, begun: bool) -> None:
        await turns.take(begun=begun)
        went.append(name)

    async with asyncio.TaskGroup() as running:
        for name, begun in came:
            running.create_task(use_case(name, begun=begun))
    assert went == ["begun 1", "begun 2", "new 1", "new 2"]


async def test_more_of_them_go_on_the_longer_a_pass_takes_with_other_work() -> None:
    stopwatch = Stopwatch()
    turns, went = Turns(asyncio.get_running_loop(), stopwatch), 0

    async def use_case() -> None:
        nonlocal went
        await turns.take(begun=True)
        went += 1

    async with asyncio.TaskGroup() as running:
        for _ in range(20):
            running.create_task(use_case())
        await asyncio.sleep(0)  # all have asked
        stopwatch.s += 0.009
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert went == 5


async def test_who_gave_up_waiting_takes_nobodys_turn() -> None:
    turns, went = Turns(asyncio.get_running_loop(), Stopwatch()), list[str]()

    async def use_case(name: str) -> None:
        await turns.take(begun=True)
        went.append(name)

    async with asyncio.TaskGroup() as running:
        tasks = [running.create_task(use_case(name)) for name in ("a", "b", "c")]
        await asyncio.sleep(0)
        for task in tasks[:2]:
            task.cancel()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert went == ["c"]
