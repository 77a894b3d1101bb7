"""The callee is hosted in this process."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from contextvars import copy_context
from typing import Any, TypeVar

from google.protobuf.message import Message

from argus.kernel.errors import Unavailable
from argus.kernel.module import Module
from argus.kernel.rpc.client import Rpc
from argus.kernel.rpc.dispatch import RpcHandler, StreamHandler, dispatch, dispatch_stream
from argus.kernel.rpc.method import Method, StreamMethod

Q = TypeVar("Q", bound=Message)
R = TypeVar("R", bound=Message)


class LocalTransport:
    """Answers in a task, a unit of work and messages of its own, as a remote callee would."""

    def __init__(self, module: Module, rpc: Rpc) -> None:
        self._module, self._rpc = module, rpc
        self._handlers: dict[str, RpcHandler[Any, Any]] = {
            handler.method.path: handler for handler in module.rpcs
        }
        self._streams: dict[str, StreamHandler[Any, Any]] = {
            handler.method.path: handler for handler in module.streams
        }

    async def call(self, method: Method[Q, R], request: Q) -> R:
        """Answer the call here; see `Rpc.call`."""
        handler = self._handlers.get(method.path)
        if handler is None:
            raise Unavailable(f"{method.path} is not served")
        received = method.request.FromString(request.SerializeToString())
        answer = await asyncio.get_running_loop().create_task(
            dispatch(
                self._module,
                handler,
                received,
                self._rpc,
                sibling=True,
            ),
            context=copy_context(),
        )
        return method.response.FromString(answer.SerializeToString())

    async def stream(self, method: StreamMethod[Q, R], request: Q) -> AsyncGenerator[R]:
        """Answer the call here; see `Rpc.stream`."""
        handler = self._streams.get(method.path)
        if handler is None:
            raise Unavailable(f"{method.path} is not served")
        received = method.request.FromString(request.SerializeToString())
        async with aclosing(
            dispatch_stream(self._module, handler, received, sibling=True)
        ) as answers:
            async for answer in answers:
                yield method.response.FromString(answer.SerializeToString())
