"""A method of a contract, as both sides know it."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import Message

Q = TypeVar("Q", bound=Message)
R = TypeVar("R", bound=Message)


@dataclass(frozen=True)
class Method(Generic[Q, R]):
    """One RPC. `deadline_s` bounds every call; only idempotent methods are ever retried."""

    service: str
    """Full name of the protobuf service: `argus.auth.v1.AuthService`."""
    name: str
    request: type[Q]
    response: type[R]
    deadline_s: float
    idempotent: bool

    @property
    def path(self) -> str:
        return f"/{self.service}/{self.name}"

    @property
    def owner(self) -> str:
        """The Argus service that answers: `auth`."""
        return self.service.split(".")[1]


class StreamMethod(Method[Q, R]):
    """One RPC whose answer is a stream of messages, for as long as both sides want it; `deadline_s`
    bounds only the wait for the first.
    """


def method(
    descriptor: ServiceDescriptor,
    name: str,
    request: type[Q],
    response: type[R],
    *,
    deadline_s: float = 5.0,
) -> Method[Q, R]:
    """The method `name` of a generated service; its idempotency is the contract's own option.

    Raises:
        TypeError: the contract has no such method, or other message types.
    """
    found = _find(descriptor, name, request, response, streams=False)
    level = found.GetOptions().idempotency_level
    return Method(descriptor.full_name, name, request, response, deadline_s, idempotent=level != 0)


def stream(
    descriptor: ServiceDescriptor,
    name: str,
    request: type[Q],
    response: type[R],
    *,
    deadline_s: float = 5.0,
) -> StreamMethod[Q, R]:
    """The method `name` of a generated service, which answers with a stream.

    Raises:
        TypeError: the contract has no such method, or other message types.
    """
    _find(descriptor, name, request, response, streams=True)
    return StreamMethod(descriptor.full_name, name, request, response, deadline_s, idempotent=True)


def _find(
    descriptor: ServiceDescriptor,
    name: str,
    request: type[Message],
    response: type[Message],
    *,
    streams: bool,
) -> MethodDescriptor:
    found = descriptor.methods_by_name.get(name)
    if found is None or (found.input_type, found.output_type, found.server_streaming) != (
        request.DESCRIPTOR,
        response.DESCRIPTOR,
        streams,
    ):
        raise TypeError(f"{descriptor.full_name} has no {name}({request.__name__})")
    return found
