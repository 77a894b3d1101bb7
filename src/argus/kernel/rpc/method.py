"""A method of a contract, as both sides know it."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from google.protobuf.descriptor import ServiceDescriptor
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
    found = descriptor.methods_by_name.get(name)
    if found is None or (found.input_type, found.output_type) != (
        request.DESCRIPTOR,
        response.DESCRIPTOR,
    ):
        raise TypeError(f"{descriptor.full_name} has no {name}({request.__name__})")
    level = found.GetOptions().idempotency_level
    return Method(descriptor.full_name, name, request, response, deadline_s, idempotent=level != 0)
