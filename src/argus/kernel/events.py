"""Domain events: frozen dataclasses in the past tense, published only through `UnitOfWork.emit`.

On the wire an event is a CloudEvents 1.0 envelope with Argus's extension attributes; its data is
the dataclass as JSON. Delivery is at least once and in order per partition key.
"""

import dataclasses
from collections.abc import Callable
from functools import cache
from typing import Any, ClassVar, Self, TypeVar, dataclass_transform

from pydantic import TypeAdapter

from argus.kernel.errors import JsonValue

E = TypeVar("E", bound="Event")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Event:
    """Base of all events; `type` is the class name."""

    topic: ClassVar[str]
    partition_key: ClassVar[str]

    @property
    def key(self) -> str:
        """Events of one key are delivered in order."""
        return str(getattr(self, self.partition_key))

    def data(self) -> dict[str, JsonValue]:
        """The event as JSON, as it travels in the envelope."""
        return _adapter(type(self)).dump_python(self, mode="json")

    @classmethod
    def parse(cls, data: dict[str, JsonValue]) -> Self:
        """The event behind received data; unknown members are ignored (forward compatibility)."""
        return _adapter(cls).validate_python(data)


@cache
def _adapter(cls: type[Event]) -> TypeAdapter[Any]:
    """Made once per class: making it takes longer than writing the event."""
    return TypeAdapter(cls)


@dataclass_transform(frozen_default=True, kw_only_default=True)
def event(*, topic: str, partition_key: str) -> Callable[[type[E]], type[E]]:
    """Declare an event: `@event(topic="argus.auth.api_key.v1", partition_key="api_key_id")`."""

    def declare(cls: type[E]) -> type[E]:
        cls.topic, cls.partition_key = topic, partition_key
        declared = dataclasses.dataclass(frozen=True, kw_only=True)(cls)
        if partition_key not in {field.name for field in dataclasses.fields(declared)}:
            raise TypeError(f"{cls.__name__} has no field {partition_key}")
        return declared

    return declare
