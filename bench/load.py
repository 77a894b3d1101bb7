"""The load generator, a process of its own: keep-alive connections that send one request after the
other. Loopback only.

    python -m bench.load < ORDER    # prints `Load` as JSON

Requests are sent as they stand in the order; connection c of n sends every n-th of them, over and
over unless `once`.
"""

import asyncio
import base64
import json
import os
import statistics
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from itertools import cycle
from types import MappingProxyType
from typing import cast

import uvloop


@dataclass(frozen=True)
class Order:
    """What to send where, and for how long."""

    port: int
    requests: list[bytes]
    connections: int
    seconds: float
    once: bool = False
    """Stop when every request was sent."""
    pause_s: float = 0
    """Between an answer and the connection's next request."""
    rpc: str = ""
    """The path of the method, for `bench.rpc_load`; its requests are messages."""
    authorization: str = ""
    """Of calls."""
    sequence: list[int] = field(default_factory=list[int])
    """Numbers of requests, in the order in which they are sent; all in turn, if empty."""
    expects: str = "2"
    """What the status of an answer begins with; others are refusals."""
    goes_first: bool = False
    """Before all else on its cores, so that it is not what is late; where the system lets it."""

    def dump(self) -> str:
        """As JSON, for the process."""
        plain = {**asdict(self), "requests": [base64.b64encode(r).decode() for r in self.requests]}
        return json.dumps(plain)

    @classmethod
    def load(cls, text: str) -> "Order":
        plain = json.loads(text)
        plain["requests"] = [base64.b64decode(request) for request in plain["requests"]]
        return cls(**plain)


@dataclass(frozen=True)
class Load:
    """What a round of load saw. Latencies in milliseconds."""

    answers: int
    refused: int
    """Answers that were not as expected."""
    seconds: float
    p50_ms: float
    p99_ms: float


class _Connection(asyncio.Protocol):
    """One request at a time: the next goes out when the answer to the last is complete."""

    def __init__(self, requests: list[bytes], until: float, order: Order) -> None:
        self._requests = iter(requests) if order.once else cycle(requests)
        self._until, self._received, self._pause_s = until, b"", order.pause_s
        self._clock = time.perf_counter
        self._loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[None] = self._loop.create_future()
        self._expected = b"HTTP/1.1 " + order.expects.encode()
        self.latencies: list[float] = []
        self.refused = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by class
        self._send()

    def data_received(self, data: bytes) -> None:
        received = self._received + data if self._received else data
        head = received.find(b"\r\n\r\n")
        if head < 0 or len(received) < head + 4 + length_of(received[:head]):
            self._received = received
            return
        self._received = b""
        self.latencies.append(self._clock() - self._sent)
        self.refused += not received.startswith(self._expected)
        if self._pause_s:
            self._loop.call_later(self._pause_s, self._send)
        else:
            self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_exception(exc or ConnectionResetError("the server closed"))

    def _send(self) -> None:
        self._sent = self._clock()
        request = next(self._requests, None) if self._sent < self._until else None
        if request is not None:
            self._transport.write(request)
            return
        self.ended.set_result(None)
        self._transport.close()


async def run(order: Order) -> Load:
    """Send the order's requests and measure."""
    if order.goes_first:
        with suppress(PermissionError):
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    loop = asyncio.get_running_loop()
    begun = time.perf_counter()
    connections: list[_Connection] = []
    requests = [order.requests[each] for each in order.sequence] or order.requests
    for number in range(order.connections):
        share = requests[number :: order.connections] or requests
        _, connection = await loop.create_connection(
            lambda share=share: _Connection(share, begun + order.seconds, order),
            "127.0.0.1",
            order.port,
        )
        connections.append(connection)
    for connection in connections:
        await connection.ended
    elapsed_s = time.perf_counter() - begun
    latencies = [latency * 1000 for each in connections for latency in each.latencies]
    cuts = statistics.quantiles(latencies, n=100)
    refused = sum(connection.refused for connection in connections)
    return Load(len(latencies), refused, elapsed_s, cuts[49], cuts[98])


def request(
    method: str,
    path: str,
    credential: str,
    body: bytes = b"",
    kind: str = "json",
    *,
    address: str = "",
    headers: Mapping[str, str] = MappingProxyType({}),
) -> bytes:
    """A request as it goes over the wire; `credential` is the Authorization header.

    `address`: that of the client, as a proxy would tell it.
    """
    authorization = f"Authorization: {credential}\r\n" if credential else ""
    forwarded = f"X-Forwarded-For: {address}\r\n" if address else ""
    length = f"Content-Length: {len(body)}\r\n" if body or method == "POST" else ""
    content = f"Content-Type: application/{kind}\r\n" if body else ""
    more = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{authorization}{forwarded}"
    head += f"{content}{more}{length}\r\n"
    return head.encode() + body


def length_of(head: bytes) -> int:
    """Of the body that follows these headers."""
    start = head.lower().find(b"\r\ncontent-length:")
    if start < 0:
        return 0
    return int(head[start + 17 :].partition(b"\r\n")[0])


if __name__ == "__main__":
    print(json.dumps(asdict(uvloop.run(run(Order.load(sys.stdin.read()))))))
