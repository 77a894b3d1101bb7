"""A bounded map for many threads that never waits for a lock."""

from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class RecentlyUsed(Generic[K, V]):
    """Keeps what was used lately: at least the last `size / 2` keys, at most `size`.

    Two generations stand in for a list in order of use: what is found among the old moves to the
    young, and when these are half of all, the old are dropped. A hit there writes nothing.
    """

    def __init__(self, size: int) -> None:
        self._half = max(size // 2, 1)
        self._young: dict[K, V] = {}
        self._old: dict[K, V] = {}

    def get(self, key: K) -> V | None:
        """What is kept under the key, which counts as a use of it."""
        value = self._young.get(key)
        if value is None:
            value = self._old.get(key)
            if value is not None:
                self.put(key, value)
        return value

    def put(self, key: K, value: V) -> None:
        """Keep the value, in place of any other."""
        if len(self._young) >= self._half:
            self._old, self._young = self._young, {}
        self._young[key] = value
