"""A way on which messages are doubled, come late and overtake each other; one of each protocol."""

import re
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any

import grpc
from grpc import aio

from argus.contracts.auth.rpc import WATCH_REVOCATIONS
from argus.kernel.rpc.caller import METADATA_KEY
from support.wire import Change

_EVENT = re.compile(rb"[0-9a-f]+\r\nevent: .*?\n\n\r\n", re.DOTALL)
_BEGINNING = re.compile(rb"[0-9a-f]+\r\nevent: ")


@dataclass
class Unruly:
    """What happens to messages at the moment, on all ways that a test gave this to."""

    doubles: bool = False
    """Each comes twice, and the first of its connection comes after it once more."""
    reorders: bool = False
    """Every third comes after its successor."""
    _count: int = 0

    def messages(self) -> Callable[[bytes], list[bytes]]:
        """What arrives when a message was sent, on a new connection."""
        first: list[bytes] = []
        late: list[bytes] = []

        def arriving(message: bytes) -> list[bytes]:
            first[:] = first or [message]
            self._count += 1
            if self.reorders and not late and self._count % 3 == 0:
                late.append(message)
                return []
            told = [message, *late]
            late.clear()
            return [*told, *told, *first] if self.doubles else told

        return arriving

    def of_events(self) -> Change:
        """Server-sent events over HTTP/1.1, each in a chunk."""
        arriving, kept = self.messages(), b""

        def change(data: bytes) -> bytes:
            nonlocal kept
            kept, told = kept + data, b""
            while found := _EVENT.search(kept):
                told += kept[: found.start()] + b"".join(arriving(found[0]))
                kept = kept[found.end() :]
            begun = _BEGINNING.search(kept)
            end = begun.start() if begun else len(kept)
            told, kept = told + kept[:end], kept[end:]
            return told

        return change

    def of_notifications(self) -> Change:
        """PostgreSQL's protocol, version 3: only what arrives together can change its order."""
        kept, has_begun = b"", False

        def change(data: bytes) -> bytes:
            nonlocal kept, has_begun
            kept, told = kept + data, b""
            if not has_begun and kept == b"N":  # no TLS; what follows are messages
                kept, told = b"", kept
                return told
            has_begun, sent = True, list[bytes]()
            while len(kept) > 4 and len(kept) > (size := int.from_bytes(kept[1:5], "big")):
                sent.append(kept[: size + 1])
                kept = kept[size + 1 :]
            for is_notification, run in groupby(sent, lambda each: each[:1] == b"A"):
                messages = [*run]
                if is_notification:
                    messages *= 2 if self.doubles else 1
                    messages = messages[::-1] if self.reorders else messages
                told += b"".join(messages)
            return told

        return change


@asynccontextmanager
async def relay(port: int, unruly: Unruly) -> AsyncGenerator[int]:
    """A port on which all calls are passed on to the gRPC server at `port`."""
    async with aio.insecure_channel(f"127.0.0.1:{port}") as there:
        server = aio.server(options=[("grpc.so_reuseport", 0)])
        server.add_generic_rpc_handlers((_Relay(there, unruly),))
        here = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        try:
            yield here
        finally:
            await server.stop(None)


class _Relay(grpc.GenericRpcHandler):
    """Passes messages on as they are; the feed's as `unruly` says."""

    def __init__(self, there: aio.Channel, unruly: Unruly) -> None:
        self._there, self._unruly = there, unruly

    def service(self, handler_call_details: Any) -> Any:
        method = handler_call_details.method
        if method == WATCH_REVOCATIONS.path:
            return grpc.unary_stream_rpc_method_handler(partial(self._stream, method))
        return grpc.unary_unary_rpc_method_handler(partial(self._call, method))

    async def _call(self, method: str, sent: bytes, context: Any) -> bytes:
        call: Any = self._there.unary_unary(method)
        try:
            return await call(sent, metadata=_caller(context), timeout=context.time_remaining())
        except aio.AioRpcError as error:
            await _fail(error, context)
            raise

    async def _stream(self, method: str, sent: bytes, context: Any) -> AsyncGenerator[bytes]:
        stream: Any = self._there.unary_stream(method)
        call, arriving = stream(sent, metadata=_caller(context)), self._unruly.messages()
        try:
            async for message in call:
                for each in arriving(message):
                    yield each
        except aio.AioRpcError as error:
            await _fail(error, context)
        finally:
            call.cancel()


def _caller(context: Any) -> tuple[tuple[str, str], ...]:
    return tuple(pair for pair in context.invocation_metadata() if pair[0] == METADATA_KEY)


async def _fail(error: aio.AioRpcError, context: Any) -> None:
    context.set_trailing_metadata(error.trailing_metadata())
    await context.abort(error.code(), error.details())
