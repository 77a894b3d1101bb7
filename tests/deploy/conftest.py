"""Argus and an application behind a proxy, each reached over the network."""

import asyncio
import os
import shutil
import socket
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from argus.kernel.http.hot import Headers, HotDoor, HotRequest
from argus.kernel.http.server import Doors, HotProtocol
from support.database import Server
from support.platform import TestPlatform, platform
from support.serving import serving
from support.upstreams import held_port

EXAMPLES = Path(__file__).parents[2] / "deploy/forward-auth"
SHIPPED = {"127.0.0.1:8700": "argus", "127.0.0.1:9000": "application", "127.0.0.1:8080": "proxy"}
"""Addresses in the examples."""


@dataclass
class Application:
    """Behind the proxy; tells nothing, and keeps the headers and bodies that it was sent."""

    received: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    bodies: list[bytes] = field(default_factory=list[bytes])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # A proxy may break an answer off that comes before it has sent the whole request.
        self.bodies.append(await _body(receive))
        self.received.append({name.decode(): value.decode() for name, value in scope["headers"]})
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"here you are"})


async def _body(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    return body


@dataclass
class Argus:
    """The platform, how often it was asked, and over how many connections."""

    platform: TestPlatform
    asked: int = 0
    connections: int = 0
    _running: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def serve(self, listening: socket.socket) -> None:
        app = self.platform.app

        async def watched(scope: Scope, receive: Receive, send: Send) -> None:
            self.asked += 1
            await app(scope, receive, send)

        doors = cast("Doors", {name: _Watched(door, self) for name, door in app.doors.items()})
        connect = HotProtocol.connection_made

        def connection_made(protocol: HotProtocol, transport: asyncio.Transport) -> None:
            self.connections += protocol.server_state.doors is doors
            connect(protocol, transport)

        patched = self._running.enter_context(pytest.MonkeyPatch.context())
        patched.setattr(HotProtocol, "connection_made", connection_made)
        await self._running.enter_async_context(serving(watched, listening, doors))

    async def die(self) -> None:
        """Nobody listens any more."""
        await self._running.aclose()


class _Watched:
    """A hot door at which is counted who asks."""

    def __init__(self, door: HotDoor, argus: Argus) -> None:
        self._door, self._argus = door, argus

    def open(self, headers: Headers, client: tuple[str, int] | None) -> HotRequest | None:
        request = self._door.open(headers, client)
        self._argus.asked += request is not None
        return request

    def open_again(self, scheme: str, credential: str, address: str) -> HotRequest:
        self._argus.asked += 1
        return self._door.open_again(scheme, credential, address)

    def __getattr__(self, name: str) -> object:
        return getattr(self._door, name)


@dataclass(frozen=True)
class Site:
    """What the outside sees, and who stands behind it."""

    client: httpx.AsyncClient
    argus: Argus
    application: Application


@pytest.fixture(params=["nginx", "traefik", "envoy"])
def proxy(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
async def site(proxy: str, server: Server, tmp_path: Path) -> AsyncGenerator[Site]:
    application = Application()
    async with AsyncExitStack() as stack:
        sockets = {
            name: stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            for name in ("argus", "application")
        }
        addresses = {name: f"127.0.0.1:{each.getsockname()[1]}" for name, each in sockets.items()}
        addresses["proxy"] = f"127.0.0.1:{stack.enter_context(held_port())}"
        running = await stack.enter_async_context(
            platform(
                server, tmp_path, now=datetime.now(UTC), public_url=f"http://{addresses['argus']}"
            )
        )
        argus = Argus(running)
        stack.push_async_callback(argus.die)
        await argus.serve(sockets["argus"])
        await stack.enter_async_context(serving(application, sockets["application"]))
        await stack.enter_async_context(_running_proxy(proxy, addresses, tmp_path))
        url = f"http://{addresses['proxy']}"
        client = httpx.AsyncClient(base_url=url, trust_env=False, timeout=30)
        yield Site(await stack.enter_async_context(client), argus, application)


@asynccontextmanager
async def _running_proxy(
    proxy: str, addresses: Mapping[str, str], folder: Path
) -> AsyncGenerator[None]:
    """The proxy with its shipped example, in which only addresses and folders are others."""
    for example in EXAMPLES.glob(f"{proxy}*"):
        text = example.read_text().replace("/etc/traefik", str(folder))
        for shipped, name in SHIPPED.items():
            port, own = shipped.partition(":")[2], addresses[name].partition(":")[2]
            text = text.replace(shipped, addresses[name])
            text = text.replace(f"port_value: {port}", f"port_value: {own}")
        if proxy == "nginx":  # which may not run as root, and else writes to folders of the system
            kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
            paths = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
            text = text.replace("http {", f"http {{ {paths} access_log off;", 1)
        (folder / example.name).write_text(text)
    process = await asyncio.create_subprocess_exec(*_command(proxy, folder))
    try:
        await _is_ready(addresses["proxy"])
        yield
    finally:
        process.terminate()
        await process.wait()


def _command(proxy: str, folder: Path) -> list[str]:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"], "/usr/sbin"])
    program = shutil.which(proxy, path=path)
    if program is None:
        pytest.fail(f"{proxy} is missing: `make test` installs it, nginx by Debian's apt-get")
    if proxy == "nginx":
        own = f"daemon off; pid {folder}/nginx.pid; error_log stderr;"
        config = f"{folder}/nginx.conf"
        return [program, "-p", str(folder), "-e", "stderr", "-c", config, "-g", own]
    if proxy == "traefik":
        return [program, f"--configFile={folder}/traefik-static.yaml"]
    quiet = ["--log-level", "error", "--concurrency", "1", "--use-dynamic-base-id"]
    return [program, "-c", f"{folder}/envoy.yaml", *quiet]


async def _is_ready(address: str) -> None:
    """It listens, and has read its routes."""
    async with (
        asyncio.timeout(120),
        httpx.AsyncClient(base_url=f"http://{address}", trust_env=False) as client,
    ):
        while True:
            try:
                if (await client.get("/public/")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.02)
