"""The load generator for gRPC, a process of its own: channels that call one after the other.

python -m bench.rpc_load < ORDER    # prints `Load` as JSON
"""

import asyncio
import json
import statistics
import sys
import time
from dataclasses import asdict
from itertools import cycle

import uvloop
from grpc import aio

from bench.load import Load, Order


async def run(order: Order) -> Load:
    """Send the order's requests and measure."""
    begun = time.perf_counter()
    until, latencies, refused = begun + order.seconds, list[float](), 0
    metadata = (("authorization", order.authorization),)

    async def call_on(channel: aio.Channel, requests: list[bytes]) -> None:
        nonlocal refused
        call = channel.unary_unary(order.rpc)
        for request in cycle(requests):
            sent = time.perf_counter()
            if sent >= until:
                return
            try:
                await call(request, metadata=metadata)
            except aio.AioRpcError:
                refused += 1
            latencies.append((time.perf_counter() - sent) * 1000)

    channel = aio.insecure_channel(f"127.0.0.1:{order.port}")
    async with channel, asyncio.TaskGroup() as group:
        for number in range(order.connections):
            share = order.requests[number :: order.connections] or order.requests
            group.create_task(call_on(channel, share))
    cuts = statistics.quantiles(latencies, n=100)
    return Load(len(latencies), refused, time.perf_counter() - begun, cuts[49], cuts[98])


if __name__ == "__main__":
    print(json.dumps(asdict(uvloop.run(run(Order.load(sys.stdin.read()))))))
