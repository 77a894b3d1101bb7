"""A web site that is not ours: over TLS, by an authority that this process trusts."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from support.certificates import certify


def answer(
    content: object, status: str = "200 OK", kind: str = "application/json", **headers: str
) -> bytes:
    """An HTTP answer; `content` is JSON unless it is bytes already."""
    body = content if isinstance(content, bytes) else orjson.dumps(content)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{name}: {value}" for name, value in named.items()]
    head = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body)}", *lines]
    return "\r\n".join([*head, "", ""]).encode() + body


@dataclass
class FarSite:
    """Answers by path; what it lacks is 404."""

    origin: str
    answers: dict[str, bytes] = field(default_factory=dict[str, bytes])
    requests: list[str] = field(default_factory=list[str])
    """Paths, in the order in which they were asked for."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            path = (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1].decode()
            self.requests.append(path)
            writer.write(self.answers.get(path, answer({}, "404 Not Found")))
            await writer.drain()
            await reader.read()
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def far_site(folder: Path, trust: Callable[[str, Any], None]) -> AsyncGenerator[FarSite]:
    """A site at `https://127.0.0.1:<port>`; `trust` sets an environment variable."""
    chain, key = certify(folder, "127.0.0.1")
    trust("SSL_CERT_FILE", str(chain))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(chain, key)
    site = FarSite("")
    server = await asyncio.start_server(site.serve, "127.0.0.1", 0, ssl=tls)
    async with server:
        site.origin = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield site
