"""A small load generator: keep-alive connections that repeat one request. Loopback only."""

import asyncio
import statistics
from dataclasses import dataclass


@dataclass(frozen=True)
class Load:
    """What a round of load measured. Latencies in milliseconds."""

    per_second: float
    p50_ms: float
    p99_ms: float
    refused: int
    """Answers that were not 2xx."""


async def load(port: int, request: bytes, *, connections: int, requests: int) -> Load:
    """Send `requests` over `connections`, each connection one at a time."""
    latencies: list[float] = []
    refused = 0
    clock = asyncio.get_running_loop().time

    async def work(count: int) -> None:
        nonlocal refused
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(count):
            begun = clock()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(_length(head))
            latencies.append((clock() - begun) * 1000)
            refused += not head.startswith(b"HTTP/1.1 2")
        writer.close()
        await writer.wait_closed()

    begun = clock()
    async with asyncio.TaskGroup() as tasks:
        for _ in range(connections):
            tasks.create_task(work(requests // connections))
    elapsed_s = clock() - begun
    cuts = statistics.quantiles(latencies, n=100)
    return Load(len(latencies) / elapsed_s, cuts[49], cuts[98], refused)


def post(path: str, body: bytes, credential: str) -> bytes:
    """A POST of JSON as it goes over the wire."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Authorization: {credential}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.split(b":")[1])
    return 0
