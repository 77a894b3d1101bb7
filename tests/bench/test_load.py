"""The load generator sends what it was told, and counts what came back."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from bench.load import Order, request, run


@asynccontextmanager
async def serving(received: list[bytes]) -> AsyncGenerator[int]:
    """A server that refuses every request to `/no`; its port."""
    connections: list[asyncio.Task[None] | None] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(asyncio.current_task())
        while line := await reader.readline():
            received.append(line.strip())
            while (await reader.readline()).strip():
                pass
            status = b"404 Not Found" if b"/no " in line else b"200 OK"
            writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 10\r\n\r\n01234")
            await writer.drain()
            writer.write(b"56789")
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
        await asyncio.gather(*filter(None, connections))


async def test_requests_that_are_good_once_are_sent_once() -> None:
    received: list[bytes] = []
    paths = [f"/{number}" for number in range(10)]
    async with serving(received) as port:
        seen = await run(Order(port, [request("GET", path, "") for path in paths], 3, 60, True))
    assert sorted(received) == sorted(f"GET {path} HTTP/1.1".encode() for path in paths)
    assert (seen.answers, seen.refused) == (10, 0)
    assert 0 < seen.p50_ms <= seen.p99_ms


async def test_requests_go_out_as_often_as_the_sequence_names_them() -> None:
    received: list[bytes] = []
    async with serving(received) as port:
        requests = [request("GET", path, "") for path in ("/often", "/seldom", "/never")]
        seen = await run(Order(port, requests, 2, 60, True, sequence=[0, 0, 1, 0]))
    assert seen.answers == 4
    assert [received.count(f"GET {path} HTTP/1.1".encode()) for path in ("/often", "/seldom")] == [
        3,
        1,
    ]


async def test_what_is_refused_is_counted() -> None:
    async with serving([]) as port:
        sent = [request("GET", path, "") for path in ("/yes", "/no", "/no")]
        seen = await run(Order(port, sent, 1, 60, True))
        guessed = await run(Order(port, sent, 1, 60, True, expects="404"))
    assert (seen.answers, seen.refused) == (3, 2)
    assert guessed.refused == 1


def test_an_order_survives_the_way_to_its_process() -> None:
    sent = request("POST", "/", "Bearer x", b"\x00\xff")
    order = Order(1, [sent], 2, 0.5, sequence=[0, 0])
    assert Order.load(order.dump()) == order
