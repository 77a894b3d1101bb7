"""A TCP proxy between a process and what it talks to, which a test can cut, hold up and mend."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress

Change = Callable[[bytes], bytes]
"""What arrives in place of the bytes of one connection, piece by piece."""


def unchanged() -> Change:
    """That of an honest wire."""
    return bytes


class Wire:
    """Passes bytes on to `port` until it is cut or held; those that come back, by `back`."""

    def __init__(self, host: str, port: int, back: Callable[[], Change] = unchanged) -> None:
        self._there, self._back = (host, port), back
        self._open: set[asyncio.StreamWriter] = set()
        self._whole, self._flowing = True, asyncio.Event()
        self._flowing.set()
        self.port = 0

    def cut(self) -> None:
        """End all connections, and refuse new ones."""
        self._whole = False
        for writer in self._open:
            writer.transport.abort()

    def mend(self) -> None:
        """Let new connections through."""
        self._whole = True

    def hold(self) -> None:
        """Pass nothing on, in neither direction; nobody is told."""
        self._flowing.clear()

    def release(self) -> None:
        """Pass on what was held, in order, and what follows."""
        self._flowing.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._whole:
            writer.transport.abort()
            return
        there_reader, there_writer = await asyncio.open_connection(*self._there)
        ends = {writer, there_writer}
        self._open |= ends
        try:
            await asyncio.gather(
                self._pass(reader, there_writer, unchanged()),
                self._pass(there_reader, writer, self._back()),
            )
        finally:
            self._open -= ends
            for end in ends:
                end.close()

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, change: Change
    ) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(1 << 16):
                await self._flowing.wait()
                writer.write(change(data))
                await writer.drain()
        writer.close()


@asynccontextmanager
async def wire(
    host: str, port: int, back: Callable[[], Change] = unchanged
) -> AsyncGenerator[Wire]:
    """A proxy to that address, on a port of its own."""
    proxy = Wire(host, port, back)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        proxy.cut()
        proxy.release()
        server.close()


async def becomes(condition: Callable[[], bool]) -> None:
    """Return as soon as it holds; fail after 30 s."""
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.005)
