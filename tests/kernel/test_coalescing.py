import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

import pytest

from argus.kernel.coalescing import Coalescer


class Broken(Exception):
    """What the asked one may raise."""


class Asked:
    """Answers with the double, when it is let."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.broken = False
        self.begun = asyncio.Event()

    async def __call__(self, keys: Sequence[int]) -> dict[int, int]:
        self.batches.append([*keys])
        self.begun.set()
        await self.may_answer.wait()
        if self.broken:
            raise Broken
        return {key: 2 * key for key in keys if key >= 0}


@asynccontextmanager
async def running(asked: Asked, **settings: float) -> AsyncGenerator[Coalescer[int, int]]:
    coalescer = Coalescer[int, int](asked, **settings)  # pyright: ignore[reportArgumentType]
    async with asyncio.TaskGroup() as group:
        run = group.create_task(coalescer.run())
        yield coalescer
        run.cancel()


async def test_what_is_asked_meanwhile_is_asked_together_and_the_same_once() -> None:
    asked = Asked()
    asked.may_answer.clear()
    async with running(asked) as coalescer, asyncio.TaskGroup() as group:
        first = group.create_task(coalescer.get(1))
        await asked.begun.wait()
        others = [group.create_task(coalescer.get(key)) for key in (2, 3, 2, -1)]
        await asyncio.sleep(0)
        asked.may_answer.set()
        assert await first == 2
        assert [await each for each in others] == [4, 6, 4, None]
    assert asked.batches == [[1], [2, 3, -1]]


async def test_a_batch_is_bounded() -> None:
    asked = Asked()
    async with running(asked, most=2) as coalescer:
        answers = await asyncio.gather(*(coalescer.get(key) for key in range(5)))
    assert answers == [0, 2, 4, 6, 8]
    assert [len(batch) for batch in asked.batches] == [2, 2, 1]


async def test_a_failure_is_everybodys_of_that_batch_and_the_next_goes_well() -> None:
    asked = Asked()
    async with running(asked) as coalescer:
        asked.broken = True
        failed = await asyncio.gather(coalescer.get(1), coalescer.get(2), return_exceptions=True)
        assert [type(each) for each in failed] == [Broken, Broken]
        asked.broken = False
        assert await coalescer.get(1) == 2


async def test_an_answer_that_does_not_come_is_given_up() -> None:
    asked = Asked()
    async with running(asked, patience_s=0.01) as coalescer:
        asked.may_answer.clear()
        with pytest.raises(TimeoutError):
            await coalescer.get(1)
        asked.may_answer.set()
        assert await coalescer.get(1) == 2


async def test_who_goes_away_takes_no_answer_from_the_others() -> None:
    asked = Asked()
    asked.may_answer.clear()
    async with running(asked) as coalescer, asyncio.TaskGroup() as group:
        leaving, staying = (group.create_task(coalescer.get(1)) for _ in range(2))
        await asked.begun.wait()
        leaving.cancel()
        asked.may_answer.set()
        assert await staying == 2
