"""Questions that come at the same time are asked together."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Generic, TypeVar

from argus.kernel.patience import within

K = TypeVar("K")
V = TypeVar("V")


class Coalescer(Generic[K, V]):
    """Collects what is asked while the last question is under way, and asks that in one.

    Adds no delay: a question that comes alone is asked alone. The same key asked twice is one.
    """

    def __init__(
        self,
        ask: Callable[[Sequence[K]], Awaitable[Mapping[K, V]]],
        *,
        patience_s: float = 5.0,
        most: int = 200,
    ) -> None:
        """`ask` answers at most `most` keys within `patience_s`; what it raises, or TimeoutError,
        all who asked get.
        """
        self._ask, self._most, self._patience_s = ask, most, patience_s
        self._waiting: dict[K, asyncio.Future[V | None]] = {}
        self._asked = asyncio.Event()

    async def get(self, key: K) -> V | None:
        """What the answer has for `key`, if anything. Needs `run` to run."""
        future = self._waiting.get(key)
        if future is None:
            future = asyncio.get_running_loop().create_future()
            self._waiting[key] = future
            self._asked.set()
        return await asyncio.shield(future)

    async def run(self) -> None:
        """Ask until cancelled."""
        while True:
            await self._asked.wait()
            batch = {key: self._waiting.pop(key) for key in [*self._waiting][: self._most]}
            if not self._waiting:
                self._asked.clear()
            try:
                answer = await within(self._patience_s, self._ask([*batch]))
            except Exception as error:
                for future in batch.values():
                    future.set_exception(error)
                    future.exception()  # whoever asked may have gone
            else:
                for key, future in batch.items():
                    future.set_result(answer.get(key))
