"""Declaring and answering RPCs, whatever carried them here."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog
from fastapi.params import Depends as DependsParam
from google.protobuf.message import Message
from opentelemetry import trace
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from argus.kernel import context
from argus.kernel.authz import Access, access_of
from argus.kernel.clock import Clock
from argus.kernel.errors import (
    ArgusError,
    DeadlineExceeded,
    InternalError,
    InvalidRequest,
    Unavailable,
)
from argus.kernel.module import Call, Module
from argus.kernel.principal import Principal
from argus.kernel.resources import Resources
from argus.kernel.rpc.client import Rpc
from argus.kernel.rpc.method import Method, StreamMethod
from argus.kernel.telemetry import RPC_SECONDS

Q = TypeVar("Q", bound=Message)
R = TypeVar("R", bound=Message)

_log = structlog.get_logger(__name__)
_tracer = trace.get_tracer("argus.rpc")


@dataclass(frozen=True)
class RpcHandler(Generic[Q, R]):
    """A method, who may call it, and the function that answers."""

    method: Method[Q, R]
    access: Access
    handle: Callable[[Q, Call], Awaitable[R]]


@dataclass(frozen=True)
class Watch:
    """One use of a service that answers with a stream: it lasts too long for a unit of work."""

    principal: Principal
    clock: Clock
    resources: Resources


@dataclass(frozen=True)
class StreamHandler(Generic[Q, R]):
    """A method, who may call it, and the function that answers with a stream."""

    method: StreamMethod[Q, R]
    access: Access
    handle: Callable[[Q, Watch], AsyncGenerator[R]]


def rpc(
    method: Method[Q, R], access: DependsParam
) -> Callable[[Callable[[Q, Call], Awaitable[R]]], RpcHandler[Q, R]]:
    """Declare the answer to a contract's method: `@rpc(VALIDATE_TOKEN, internal())`."""
    return lambda handle: RpcHandler(method, access_of(access), handle)


def streams(
    method: StreamMethod[Q, R], access: DependsParam
) -> Callable[[Callable[[Q, Watch], AsyncGenerator[R]]], StreamHandler[Q, R]]:
    """Declare the answer to a contract's method that streams, as `rpc` does for the others."""
    return lambda handle: StreamHandler(method, access_of(access), handle)


async def dispatch(
    module: Module, handler: RpcHandler[Q, R], request: Q, rpc_: Rpc, *, sibling: bool
) -> R:
    """Check access, open the unit of work, answer, commit. Errors are the catalogue's.

    Raises:
        ArgusError: what the handler raised; DeadlineExceeded; Unavailable without the database;
            InternalError for the unforeseen.
    """
    path, started, code = handler.method.path, time.perf_counter(), "ok"
    with _tracer.start_as_current_span(path, kind=trace.SpanKind.SERVER):
        try:
            return await _answer(module, handler, request, rpc_, sibling=sibling)
        except ArgusError as error:
            code = error.code
            _log.info("rpc.refused", method=path, code=code)
            raise
        except Exception as error:
            # The outermost handler of RPCs: the caller gets an opaque answer, the log the cause.
            code = InternalError.code
            _log.exception("rpc.failed", method=path)
            raise InternalError from error
        finally:
            RPC_SECONDS.labels(path, code).observe(time.perf_counter() - started)


async def dispatch_stream(
    module: Module, handler: StreamHandler[Q, R], request: Q, *, sibling: bool
) -> AsyncGenerator[R]:
    """Check access and answer. Errors are the catalogue's; those of a stream end it.

    Raises:
        ArgusError: what the handler raised; InternalError for the unforeseen.
    """
    path, principal, clock = handler.method.path, context.principal.get(), module.database.clock
    try:
        handler.access.check(principal, clock.now(), sibling=sibling)
        watch = Watch(principal, clock, module.resources)
        async with aclosing(handler.handle(request, watch)) as answers:
            async for answer in answers:
                yield answer
    except ArgusError as error:
        _log.info("rpc.refused", method=path, code=error.code)
        raise
    except Exception as error:
        # The outermost handler of RPCs: the caller gets an opaque answer, the log the cause.
        _log.exception("rpc.failed", method=path)
        raise InternalError from error


async def _answer(
    module: Module, handler: RpcHandler[Q, R], request: Q, rpc_: Rpc, *, sibling: bool
) -> R:
    principal, clock = context.principal.get(), module.database.clock
    handler.access.check(principal, clock.now(), sibling=sibling)
    caller = context.service.get() if sibling else ""
    context.service.set(module.name)
    try:
        async with (
            asyncio.timeout(handler.method.deadline_s),
            module.database.unit_of_work(principal) as uow,
        ):
            return await handler.handle(
                request, Call(uow, principal, clock, module.resources, rpc_, caller)
            )
    except TimeoutError:
        raise DeadlineExceeded(f"{handler.method.deadline_s} s") from None
    except (OperationalError, PoolTimeout) as error:
        raise Unavailable("the database does not answer") from error
    except DataError as error:
        # Text with NUL, a number beyond 64 bits: what no field can hold.
        raise InvalidRequest("a value cannot be stored") from error
