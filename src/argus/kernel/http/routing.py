"""How a request of a service's router is run: one unit of work, committed before the answer.

Committing inside the route handler, not in a `yield` dependency, is what makes a failing commit an
error for the client, and lets the stored answer of an `Idempotency-Key` commit with its effect.
"""

import hashlib
from collections.abc import Callable, Coroutine
from typing import Annotated, Any, ClassVar, TypeVar, cast

from fastapi import APIRouter, Depends, Request, Response
from fastapi.routing import APIRoute
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from argus.kernel import context
from argus.kernel.errors import Unavailable
from argus.kernel.http.idempotency import find_answer, store_answer
from argus.kernel.module import Call, Module
from argus.kernel.principal import Principal

T = TypeVar("T")
_Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class ServiceRoute(APIRoute):
    """A route of one service; see the module's docstring."""

    service: ClassVar[str]

    def get_route_handler(self) -> _Handler:
        handle = super().get_route_handler()
        operation = f"{min(self.methods)} {self.path}"
        creates = self.methods == {"POST"}

        async def run(request: Request) -> Response:
            module: Module = request.app.state.modules[self.service]
            key = request.headers.get("idempotency-key") if creates else None
            try:
                if key is None:
                    return await _run_once(module, request, handle)
                return await _run_idempotently(module, request, handle, operation, key)
            except (OperationalError, PoolTimeout) as error:
                raise Unavailable("the database does not answer") from error

        return run


async def _run_once(module: Module, request: Request, handle: _Handler) -> Response:
    principal = context.principal.get()
    async with module.database.unit_of_work(principal) as uow:
        request.state.call = Call(
            uow, principal, module.database.clock, module.resources, request.app.state.rpc
        )
        return await handle(request)


async def _run_idempotently(
    module: Module, request: Request, handle: _Handler, operation: str, key: str
) -> Response:
    principal = context.principal.get()
    digest = hashlib.sha256(await request.body()).digest()
    name = (principal.id, operation, key)
    keyring = request.app.state.keyring
    if (stored := await find_answer(module.database, keyring, name, digest)) is not None:
        return stored
    async with module.database.unit_of_work(principal) as uow:
        request.state.call = Call(
            uow, principal, module.database.clock, module.resources, request.app.state.rpc
        )
        response = await handle(request)
        first = await store_answer(uow, keyring, name, digest, response)
        if not first:
            await uow.session.rollback()
    if first:
        return response
    return cast("Response", await find_answer(module.database, keyring, name, digest))


def service_router(service: str, *, prefix: str, tags: list[str]) -> APIRouter:
    """A router whose routes run in the service's units of work."""
    route_class = type(f"{service.title()}Route", (ServiceRoute,), {"service": service})
    return APIRouter(prefix=prefix, tags=list(tags), route_class=route_class)


def _call(request: Request) -> Call:
    return request.state.call


CallDep = Annotated[Call, Depends(_call)]
"""The use of the service that this request is: unit of work, principal, clock, resources, rpc."""


def _principal() -> Principal:
    return context.principal.get()


PrincipalDep = Annotated[Principal, Depends(_principal)]
