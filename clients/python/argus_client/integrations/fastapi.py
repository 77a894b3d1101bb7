"""FastAPI: `argus = Argus(app)`, and `caller: Annotated[Principal, argus.requires("…")]`."""

from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.security import HTTPBearer

from argus_client.integrations import starlette
from argus_client.principal import Principal

_DOCUMENTED = HTTPBearer(auto_error=False, description="An access token of Argus")


class Argus(starlette.Argus):
    """Protects path operations, and answers refusals as problems (RFC 9457)."""

    def requires(self, *permissions: str) -> Any:
        """A dependency: the caller, who holds all these permissions. OpenAPI shows the scheme.

        In a WebSocket await `argus.caller(websocket, …)` instead.
        """

        async def caller(request: Request, _: Annotated[object, Depends(_DOCUMENTED)]) -> Principal:
            return await self.caller(request, *permissions)

        return Depends(caller)
