"""How long after a sign-out its token is still taken elsewhere: by a second replica, by a client.

The clock starts when the sign-out is sent, so its own work is in the figures. The floor is a
notification of PostgreSQL between two connections, commit included.
"""

import asyncio
import statistics
import time
from collections.abc import Sequence
from urllib.parse import urlencode

from psycopg import AsyncConnection

from argus.kernel.errors import Unauthenticated as Refused
from argus.kernel.module import Module
from argus_client import ApiKey, ArgusClient, Settings, Unauthenticated
from bench import stage
from bench.connection import Connection
from bench.figures import Figure
from bench.load import request
from bench.population import Population, populating

SIGN_OUTS = 200
_BOUND_MS = 1000


def run(*, sign_outs: int = SIGN_OUTS) -> list[Figure]:
    """One sign-out after the other, on a platform of its own."""
    with stage.platform(ARGUS_TRUSTED_PROXIES='["127.0.0.1/32"]') as platform:
        return asyncio.run(_measure(platform, sign_outs))


async def _measure(platform: stage.Stage, sign_outs: int) -> list[Figure]:
    async with populating(platform) as population:
        refresh_tokens = await population.refresh_tokens(sign_outs)
        auth = next(each for each in population.composition.modules if each.name == "auth")
        connection = await Connection.open(platform.server.port)
        replica_ms, client_ms = list[float](), list[float]()
        settings = Settings(url=platform.url, credentials=ApiKey(population.caller))
        with ArgusClient(settings) as client:
            for number, refresh_token in enumerate(refresh_tokens):
                token = await _access_token(connection, number, refresh_token)
                client.verify(token)
                sent = time.perf_counter()
                asked = request("POST", "/api/v1/auth/sign-out", f"Bearer {token}")
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(connection.ask(asked))
                    by_replica = tasks.create_task(_refused_by_replica(auth, token))
                    by_client = tasks.create_task(
                        asyncio.to_thread(_refused_by_client, client, token)
                    )
                replica_ms.append((by_replica.result() - sent) * 1000)
                client_ms.append((by_client.result() - sent) * 1000)
        await connection.close()
        floor_ms = await _notifications(population, sign_outs)
    return [
        *_quantiles("a sign-out is refused by a second replica", replica_ms, floor_ms),
        *_quantiles("a sign-out is refused by argus_client", client_ms, floor_ms),
    ]


def _quantiles(name: str, taken: Sequence[float], floor: Sequence[float]) -> list[Figure]:
    cuts, floors = statistics.quantiles(taken, n=100), statistics.quantiles(floor, n=100)
    return [
        Figure(f"{name}, p50", cuts[49], "ms", floor=floors[49]),
        Figure(f"{name}, p99", cuts[98], "ms", at_most=_BOUND_MS, floor=floors[98]),
        Figure(f"{name}, longest", max(taken), "ms", at_most=_BOUND_MS, floor=max(floor)),
    ]


async def _access_token(connection: Connection, number: int, refresh_token: str) -> str:
    form = {"grant_type": "refresh_token", "client_id": "argus", "refresh_token": refresh_token}
    answer = await connection.ask(
        request(
            "POST",
            "/oauth/token",
            "",
            urlencode(form).encode(),
            "x-www-form-urlencoded",
            address=f"10.0.{number >> 8}.{number & 255}",
        )
    )
    assert answer.status == 200, answer
    return answer.json()["access_token"]


async def _refused_by_replica(auth: Module, token: str) -> float:
    """When the replica in this process, which hears of it from PostgreSQL, refuses the token."""
    assert auth.authenticator is not None
    while True:
        try:
            await auth.authenticator.authenticate("Bearer", token, "127.0.0.1")
        except Refused:
            return time.perf_counter()
        await asyncio.sleep(0.0002)


def _refused_by_client(client: ArgusClient, token: str) -> float:
    while True:
        try:
            client.verify(token)
        except Unauthenticated:
            return time.perf_counter()
        time.sleep(0.0002)  # noqa: TID251 - without it the poll would take a core from what is measured


async def _notifications(population: Population, count: int) -> list[float]:
    auth = next(each for each in population.composition.modules if each.name == "auth")
    conninfo, taken = auth.database.conninfo, list[float]()
    async with (
        await AsyncConnection.connect(conninfo, autocommit=True) as sending,
        await AsyncConnection.connect(conninfo, autocommit=True) as hearing,
    ):
        await hearing.execute("listen argus_bench")
        for _ in range(count):
            sent = time.perf_counter()
            await sending.execute("notify argus_bench")
            async for _heard in hearing.notifies(stop_after=1):
                taken.append((time.perf_counter() - sent) * 1000)
    return taken
