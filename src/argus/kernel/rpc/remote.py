"""The callee is another process of the installation."""

from typing import TypeVar

import grpc
from google.protobuf.message import Message
from google.rpc import status_pb2
from grpc import aio
from grpc_status import rpc_status

from argus.kernel import context
from argus.kernel.clock import Clock
from argus.kernel.crypto import Keyring
from argus.kernel.errors import ArgusError, DeadlineExceeded, Unavailable
from argus.kernel.rpc.caller import METADATA_KEY, seal_call
from argus.kernel.rpc.method import Method
from argus.kernel.rpc.status import from_status

Q = TypeVar("Q", bound=Message)
R = TypeVar("R", bound=Message)


class GrpcTransport:
    """Calls over gRPC with the sealed principal; idempotent methods are tried three times."""

    def __init__(self, target: str, keyring: Keyring, clock: Clock) -> None:
        self._channel = aio.insecure_channel(target)
        self._keyring, self._clock = keyring, clock

    async def call(self, method: Method[Q, R], request: Q) -> R:
        attempts = 3 if method.idempotent else 1
        while True:
            attempts -= 1
            try:
                return await self._call_once(method, request)
            except Unavailable:
                if not attempts:
                    raise

    async def _call_once(self, method: Method[Q, R], request: Q) -> R:
        invoke = self._channel.unary_unary(
            method.path,
            request_serializer=method.request.SerializeToString,
            response_deserializer=method.response.FromString,
        )
        sealed = seal_call(
            self._keyring,
            method.path,
            context.principal.get(),
            context.request_id.get(),
            self._clock.now(),
        )
        try:
            return await invoke(
                request, timeout=method.deadline_s, metadata=((METADATA_KEY, sealed),)
            )
        except aio.AioRpcError as error:
            raise _catalogued(error) from None

    async def close(self) -> None:
        await self._channel.close()


def _catalogued(error: aio.AioRpcError) -> ArgusError:
    if error.code() is grpc.StatusCode.DEADLINE_EXCEEDED:
        return DeadlineExceeded()
    status: status_pb2.Status | None = rpc_status.from_call(error)
    return from_status(status) if status else Unavailable(error.details() or "")
