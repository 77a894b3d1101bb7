"""A service's long-lived objects, by type: how edges reach what `build()` constructed."""

from typing import TypeVar, cast

T = TypeVar("T")


class Resources:
    """Immutable registry of singletons of one service (hasher, clients, caches), keyed by type."""

    def __init__(self, *instances: object) -> None:
        self._instances = {type(instance): instance for instance in instances}

    def get(self, kind: type[T]) -> T:
        """The instance of exactly this type; a missing one is a wiring mistake (KeyError)."""
        return cast("T", self._instances[kind])
