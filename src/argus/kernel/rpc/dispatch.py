"""Declaring and answering RPCs, whatever carried them here."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog
from fastapi.params import Depends as DependsParam
from google.protobuf.message import Message

from argus.kernel import context
from argus.kernel.authz import Access, access_of
from argus.kernel.errors import ArgusError, DeadlineExceeded
from argus.kernel.module import Call, Module
from argus.kernel.rpc.client import Rpc
from argus.kernel.rpc.method import Method

Q = TypeVar("Q", bound=Message)
R = TypeVar("R", bound=Message)

_log = structlog.get_logger(__name__)


class InternalError(ArgusError):
    """The platform failed in a way it did not foresee; its log has the details.

    Repeat the request once; if it fails again, report it with the request id.
    """

    code, status, title = "kernel.service.internal", 503, "Internal error"


@dataclass(frozen=True)
class RpcHandler(Generic[Q, R]):
    """A method, who may call it, and the function that answers."""

    method: Method[Q, R]
    access: Access
    handle: Callable[[Q, Call], Awaitable[R]]


def rpc(
    method: Method[Q, R], access: DependsParam
) -> Callable[[Callable[[Q, Call], Awaitable[R]]], RpcHandler[Q, R]]:
    """Declare the answer to a contract's method: `@rpc(VALIDATE_TOKEN, internal())`."""
    return lambda handle: RpcHandler(method, access_of(access), handle)


async def dispatch(
    module: Module, handler: RpcHandler[Q, R], request: Q, rpc_: Rpc, *, sibling: bool
) -> R:
    """Check access, open the unit of work, answer, commit. Errors are the catalogue's.

    Raises:
        ArgusError: what the handler raised, DeadlineExceeded, or InternalError for the unforeseen.
    """
    principal = context.principal.get()
    try:
        handler.access.check(principal, module.database.clock.now(), sibling=sibling)
        async with asyncio.timeout(handler.method.deadline_s):
            async with module.database.unit_of_work(principal) as uow:
                return await handler.handle(
                    request, Call(uow, principal, module.database.clock, module.resources, rpc_)
                )
    except ArgusError as error:
        _log.info("rpc.refused", method=handler.method.path, code=error.code)
        raise
    except TimeoutError:
        raise DeadlineExceeded(f"{handler.method.deadline_s} s") from None
    except Exception as error:
        # The outermost handler of RPCs: the caller gets an opaque answer, the log the cause.
        _log.exception("rpc.failed", method=handler.method.path)
        raise InternalError from error
