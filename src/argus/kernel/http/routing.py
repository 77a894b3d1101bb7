"""How a request of a service's router is run: one unit of work, committed before the answer.

Committing inside the route handler, not in a `yield` dependency, is what makes a failing commit an
error for the client, and lets the stored answer of an `Idempotency-Key` commit with its effect.
"""

import hashlib
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Annotated, Any, ClassVar, cast

from fastapi import APIRouter, Depends, Request, Response
from fastapi.routing import APIRoute
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from argus.kernel import context
from argus.kernel.authz import Access
from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.errors import InvalidRequest, Unavailable
from argus.kernel.http.idempotency import find_answer, name_of, store_answer
from argus.kernel.http.versions import Deprecation
from argus.kernel.module import Call, Module
from argus.kernel.turns import take_turn

_Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class ServiceRoute(APIRoute):
    """A route of one service; see the module's docstring."""

    service: ClassVar[str]

    def get_route_handler(self) -> _Handler:
        handle = super().get_route_handler()
        creates = self.methods == {"POST"} and self.status_code in (201, 202)
        rules = [
            declared.dependency
            for declared in self.dependencies
            if isinstance(declared.dependency, Access)
        ]
        deprecations = [
            declared.dependency
            for declared in self.dependencies
            if isinstance(declared.dependency, Deprecation)
        ]

        async def run(request: Request) -> Response:
            module: Module = request.app.state.modules[self.service]
            for deprecation in deprecations:
                deprecation.note(request.scope)
            key = request.headers.get("idempotency-key") if creates else None
            await take_turn(begun=False)  # nor need hot operations wait for this one's layers
            try:
                for rule in rules:  # before a body is read, or an answer replayed
                    await rule(request)
                if key is None or not context.principal.get().is_authenticated:
                    async with _call(module, request):
                        return await handle(request)
                return await _run_idempotently(module, request, handle, self.name, key)
            except (OperationalError, PoolTimeout) as error:
                raise Unavailable("the database does not answer") from error
            except (DataError, UnicodeEncodeError) as error:
                # Text with NUL or half a character, a number beyond 64 bits: no field can hold it.
                raise InvalidRequest("a value cannot be stored") from error

        return run


@asynccontextmanager
async def _call(module: Module, request: Request) -> AsyncGenerator[UnitOfWork]:
    """The request's use of its service, committed at the end of the block."""
    principal = context.principal.get()
    context.service.set(module.name)
    async with module.database.unit_of_work(principal) as uow:
        request.state.call = Call(
            uow, principal, module.database.clock, module.resources, request.app.state.rpc
        )
        yield uow


async def _run_idempotently(
    module: Module, request: Request, handle: _Handler, operation: str, key: str
) -> Response:
    principal = context.principal.get()
    name = name_of(principal, operation, key)
    request_hash = hashlib.sha256(f"{request.url.path}?{request.url.query}\n".encode())
    request_hash.update(await request.body())
    digest, keyring = request_hash.digest(), request.app.state.keyring
    if (stored := await find_answer(module.database, keyring, name, digest)) is not None:
        return stored
    async with _call(module, request) as uow:
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
    return APIRouter(
        prefix=prefix,
        tags=list(tags),
        route_class=route_class,
        generate_unique_id_function=operation_id,
    )


def operation_id(route: APIRoute) -> str:
    """The name of the endpoint function, which is unique in the whole platform."""
    return route.name


async def _current_call(request: Request) -> Call:
    return request.state.call  # a plain function would be called in a thread


CallDep = Annotated[Call, Depends(_current_call)]
"""The use of the service that this request is: unit of work, principal, clock, resources, rpc."""
