"""A keep-alive connection that asks one thing after the other, and looks at the answers."""

import asyncio
from dataclasses import dataclass
from typing import Any, Self

import orjson

from bench.load import length_of


@dataclass(frozen=True)
class Answer:
    """Status and body."""

    status: int
    body: bytes

    def json(self) -> Any:
        """The body, read."""
        return orjson.loads(self.body)


class Connection:
    """To a server on loopback."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, port: int) -> Self:
        """Connect."""
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def ask(self, request: bytes) -> Answer:
        """Send the request and wait for the whole answer."""
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        return Answer(int(head[9:12]), await self._reader.readexactly(length_of(head)))

    async def close(self) -> None:
        """Hang up."""
        self._writer.close()
        await self._writer.wait_closed()
