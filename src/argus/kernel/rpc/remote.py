"""The callee is another process of the installation."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import TypeVar

from google.protobuf.message import Message
from grpc import aio
from opentelemetry.propagate import inject

from argus.kernel import context
from argus.kernel.clock import Clock
from argus.kernel.crypto import Keyring
from argus.kernel.errors import DeadlineExceeded, Unavailable
from argus.kernel.rpc.caller import METADATA_KEY, seal_call
from argus.kernel.rpc.method import Method, StreamMethod
from argus.kernel.rpc.status import from_failure
from argus.kernel.rpc.tls import MutualTls, open_channel

Q = TypeVar("Q", bound=Message)
R = TypeVar("R", bound=Message)

_OPTIONS = [
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 10_000),  # the time for one attempt: a busy server is slow
    ("grpc.max_reconnect_backoff_ms", 1000),  # gRPC's own is two minutes
]


class GrpcTransport:
    """Calls over gRPC with the sealed principal; idempotent methods are tried three times."""

    def __init__(
        self, target: str, keyring: Keyring, clock: Clock, tls: MutualTls | None = None
    ) -> None:
        self._target, self._tls = target, tls
        self._keyring, self._clock = keyring, clock
        self._version = tls.version() if tls else None
        self._channels = [open_channel(target, tls, _OPTIONS)]

    async def call(self, method: Method[Q, R], request: Q) -> R:
        """Send the call; see `Rpc.call`."""
        attempts = 3 if method.idempotent else 1
        while True:
            attempts -= 1
            try:
                return await self._call_once(method, request)
            except Unavailable:
                if not attempts:
                    raise

    async def _call_once(self, method: Method[Q, R], request: Q) -> R:
        channel = await self._channel()
        invoke: aio.UnaryUnaryMultiCallable[bytes, R] = channel.unary_unary(
            method.path,
            response_deserializer=method.response.FromString,
        )
        sent = request.SerializeToString()
        try:
            return await invoke(
                sent, timeout=method.deadline_s, metadata=self._metadata(method.path, sent)
            )
        except aio.AioRpcError as failure:
            raise from_failure(failure) from None

    async def stream(self, method: StreamMethod[Q, R], request: Q) -> AsyncGenerator[R]:
        """Send the call; see `Rpc.stream`."""
        channel = await self._channel()
        invoke: aio.UnaryStreamMultiCallable[bytes, R] = channel.unary_stream(
            method.path,
            response_deserializer=method.response.FromString,
        )
        sent = request.SerializeToString()
        call = invoke(sent, metadata=self._metadata(method.path, sent))
        answers = aiter(call)
        try:
            async with asyncio.timeout(method.deadline_s):
                answer = await anext(answers, None)
            while answer is not None:
                yield answer
                answer = await anext(answers, None)
        except aio.AioRpcError as failure:
            raise from_failure(failure) from None
        except TimeoutError:
            raise DeadlineExceeded(f"no answer within {method.deadline_s} s") from None
        finally:
            call.cancel()

    def _metadata(self, path: str, sent: bytes) -> tuple[tuple[str, str], ...]:
        """Who asks, and the trace that the call belongs to."""
        sealed = seal_call(
            self._keyring,
            path,
            sent,
            context.service.get(),
            context.principal.get(),
            context.request_id.get(),
            self._clock.now(),
        )
        trace: dict[str, str] = {}
        inject(trace)
        return ((METADATA_KEY, sealed), *trace.items())

    async def close(self) -> None:
        """End the connections; calls under way fail."""
        for channel in self._channels:
            await channel.close()

    async def _channel(self) -> aio.Channel:
        """The connection, a new one once there are new certificates. Calls under way stay on the
        one before, which ends when it is replaced again.
        """
        with suppress(OSError):  # files that are being replaced
            if self._tls is not None and (found := self._tls.version()) != self._version:
                opened = open_channel(self._target, self._tls, _OPTIONS)
                self._version = found
                *former, last = self._channels
                self._channels = [last, opened]
                for channel in former:
                    await channel.close()
        return self._channels[-1]
