"""A platform in the test's process that other programs reach over HTTP."""

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

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
            serving(running.app, listening),
        ):
            yield running


@asynccontextmanager
async def serving(app: ASGIApp, listening: socket.socket) -> AsyncGenerator[None]:
    """The application answers on the socket while the block runs."""
    config = uvicorn.Config(
        app, lifespan="off", ws="none", log_config=None, access_log=False, proxy_headers=False
    )
    http = _Server(config)
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(http.serve([listening]))
        try:
            yield
        finally:
            http.should_exit = True
            await serving


class _Server(uvicorn.Server):
    """Leaves the process's signals alone: of servers that end in another order than they began, a
    handler would stay, by which sse_starlette (of the MCP SDK) takes the process for stopping.
    """

    def capture_signals(self) -> AbstractContextManager[None]:
        return nullcontext()
