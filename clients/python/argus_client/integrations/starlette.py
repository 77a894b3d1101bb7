"""Starlette: `argus = Argus(app)`, and `@argus.requires("results:read")` on an endpoint."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from starlette.applications import Starlette
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response

from argus_client.client import AsyncArgusClient
from argus_client.errors import ArgusClientError
from argus_client.integrations.http import PROBLEM, presented, problem
from argus_client.principal import Principal

Endpoint = Callable[[Request], Awaitable[Response]]


class Argus:
    """Protects endpoints of an application, and answers refusals as problems (RFC 9457)."""

    def __init__(self, app: Starlette, client: AsyncArgusClient | None = None) -> None:
        """`client`: of the environment's settings unless one is given."""
        self.client = client or AsyncArgusClient()
        app.add_exception_handler(ArgusClientError, _refuse)

    async def caller(self, connection: HTTPConnection, *permissions: str) -> Principal:
        """Who sent a request, or opened a WebSocket, if they hold all these permissions.

        Raises:
            Unauthenticated, Forbidden, Unavailable: answered by the application.
        """
        headers = connection.headers
        credential, proof = presented(
            headers.get("authorization"),
            headers.get("x-api-key"),
            headers.get("dpop"),
            connection.scope.get("method", "GET"),
            str(connection.url),
        )
        principal = await self.client.verify(credential, proof)
        principal.require(*permissions)
        return principal

    def requires(self, *permissions: str) -> Callable[[Endpoint], Endpoint]:
        """Let only callers with these permissions in: `request.state.principal` is the caller."""

        def protect(endpoint: Endpoint) -> Endpoint:
            @wraps(endpoint)
            async def protected(request: Request) -> Response:
                request.state.principal = await self.caller(request, *permissions)
                return await endpoint(request)

            return protected

        return protect


async def _refuse(_: Request, error: Any) -> Response:
    body = problem(error)
    return JSONResponse(body, error.status, headers=error.headers, media_type=PROBLEM)
