"""Calling sibling services: one client, local where the callee is hosted here, gRPC otherwise.

Both ways encode and decode protobuf, keep the method's deadline and raise the same catalogue
errors, so a service cannot tell where its sibling runs.
"""

from collections.abc import AsyncGenerator, Mapping
from typing import Protocol, TypeVar

from google.protobuf.message import Message

from argus.kernel.db.unit_of_work import current_unit_of_work
from argus.kernel.errors import Unavailable
from argus.kernel.rpc.method import Method, StreamMethod

Q = TypeVar("Q", bound=Message)
R = TypeVar("R", bound=Message)


class CallInsideTransaction(RuntimeError):
    """A remote call was made after the first statement of a unit of work; a programming error.

    The callee's effect would stand even if this transaction rolls back. Read remotely first, or
    make the call a second step, by event or job.
    """


class Transport(Protocol):
    """How one sibling is reached."""

    async def call(self, method: Method[Q, R], request: Q) -> R:
        """Deliver the call; raises ArgusError."""
        ...

    def stream(self, method: StreamMethod[Q, R], request: Q) -> AsyncGenerator[R]:
        """Deliver the call; raises ArgusError as soon as the stream fails."""
        ...


class Rpc:
    """Calls any method of any sibling; the transports are set once, by the composition root."""

    def __init__(self) -> None:
        self._transports: Mapping[str, Transport] = {}

    def connect(self, transports: Mapping[str, Transport]) -> None:
        """Say, per service, how it is reached."""
        self._transports = transports

    async def call(self, method: Method[Q, R], request: Q) -> R:
        """The callee's answer.

        Raises:
            CallInsideTransaction: the running unit of work has begun.
            ArgusError: what the callee raised; Unavailable when it cannot be reached.
        """
        unit = current_unit_of_work()
        if unit is not None and unit.begun:
            raise CallInsideTransaction(method.path)
        return await self._transport(method.owner).call(method, request)

    def stream(self, method: StreamMethod[Q, R], request: Q) -> AsyncGenerator[R]:
        """The callee's answers, as they come; to be closed by whoever stops early (`aclosing`).

        Raises:
            ArgusError: what the callee raised; Unavailable when it cannot be reached, or no more.
        """
        return self._transport(method.owner).stream(method, request)

    def _transport(self, service: str) -> Transport:
        transport = self._transports.get(service)
        if transport is None:
            raise Unavailable(f"the service {service} is not configured")
        return transport
