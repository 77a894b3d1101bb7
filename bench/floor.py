"""The floor: the same HTTP server with an application that only answers. Prints its port."""

import asyncio
import socket
from typing import Any

from granian.constants import Interfaces
from granian.server.embed import Server

_BODY = b'{"active":true}'


async def application(_scope: Any, _receive: Any, send: Any) -> None:
    """Answer anything with a few bytes of JSON."""
    headers = [(b"content-type", b"application/json"), (b"content-length", b"15")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": _BODY})


async def main() -> None:
    """Serve on a free port until ended."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    print(port, flush=True)
    await Server(application, port=port, interface=Interfaces.ASGINL, log_enabled=False).serve()


if __name__ == "__main__":
    asyncio.run(main())
