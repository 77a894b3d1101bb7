"""A WebSocket to an application in this process, as an ASGI server would bring it."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import orjson
from starlette.types import ASGIApp, Message

PATIENCE_S = 30


class Socket:
    """The client's end."""

    def __init__(self) -> None:
        self.to_app, self.from_app = asyncio.Queue[Message](), asyncio.Queue[Message]()
        self.is_open = False

    async def message(self) -> dict[str, Any] | None:
        """The next; None when the server closed."""
        async with asyncio.timeout(PATIENCE_S):
            sent = await self.from_app.get()
        return orjson.loads(sent["text"]) if sent["type"] == "websocket.send" else None

    async def messages(self) -> list[dict[str, Any]]:
        """All, until the server closes."""
        received: list[dict[str, Any]] = []
        while (message := await self.message()) is not None:
            received.append(message)
        return received


@asynccontextmanager
async def web_socket(
    app: ASGIApp,
    path: str,
    query: str = "",
    headers: Mapping[str, str] | None = None,
) -> AsyncGenerator[Socket]:
    """Open one; at the end of the block the client goes."""
    socket = Socket()
    scope: dict[str, Any] = {
        "type": "websocket",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "ws",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [
            (b"host", b"argus.test"),
            (b"upgrade", b"websocket"),
            (b"connection", b"Upgrade"),
            (b"sec-websocket-key", b"dGhlIHNhbXBsZSBub25jZQ=="),
            *((name.lower().encode(), value.encode()) for name, value in (headers or {}).items()),
        ],
        "client": ("127.0.0.1", 1),
        "server": ("argus.test", 80),
        "subprotocols": [],
        "extensions": {},
    }
    async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as group:
        socket.to_app.put_nowait({"type": "websocket.connect"})
        group.create_task(_answer(app, scope, socket))
        socket.is_open = (await socket.from_app.get())["type"] == "websocket.accept"
        yield socket
        socket.to_app.put_nowait({"type": "websocket.disconnect", "code": 1005})


async def _answer(app: ASGIApp, scope: dict[str, Any], socket: Socket) -> None:
    await app(scope, socket.to_app.get, socket.from_app.put)
