"""A platform in the test's process that other programs reach over HTTP."""

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from starlette.types import ASGIApp

from argus.apps.compose import Composition
from argus.kernel.http.server import Doors, HttpServer
from argus.kernel.rpc.server import GrpcServer
from support.database import Server
from support.platform import TestPlatform, platform


@asynccontextmanager
async def served_platform(
    server: Server, home: Path, *, host: str = "127.0.0.1", **changes: object
) -> AsyncGenerator[TestPlatform]:
    """An installation whose clock stands at the real time: peers judge tokens by their own.

    `host` is the name it goes by: passkeys need one, and `localhost` is one.
    """
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://{host}:{listening.getsockname()[1]}"
        async with (
            platform(server, home, now=datetime.now(UTC), public_url=url, **changes) as running,
            serving(running.app, listening, running.app.doors),
        ):
            yield running


@asynccontextmanager
async def serving(
    app: ASGIApp, listening: socket.socket, doors: Doors = MappingProxyType({})
) -> AsyncGenerator[None]:
    """The application answers on the socket while the block runs."""
    http = HttpServer(app, doors)
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(http.serve([listening]))
        try:
            yield
        finally:
            http.stop()
            await serving


@asynccontextmanager
async def grpc_door(composition: Composition) -> AsyncGenerator[int]:
    """The port at which the composition answers gRPC while the block runs."""
    server = GrpcServer(
        composition.modules,
        composition.rpc,
        composition.keyring,
        composition.authenticator,
        composition.limits,
        composition.settings.base_url,
    )
    port = await server.start("127.0.0.1", 0)
    try:
        yield port
    finally:
        await server.stop()
