"""Usage over HTTP, durable and counted once when it is answered, beside a floor."""

import asyncio
import json

from bench import stage
from bench.load import request
from bench.population import populating
from bench.rounds import Row, Subject, measure

_IN_A_ROUND = 400_000
"""Events, each new: more than a round takes."""


def run(*, rounds: int, seconds: float) -> list[Row]:
    """Batches and single events. Of batches PostgreSQL is the limit: its core has a row too."""
    with stage.floor() as floor, stage.platform() as platform:
        caller = asyncio.run(_caller(platform))
        bare = Subject(
            "floor (bare uvicorn)", floor, lambda _: [request("GET", "/", "")], target=None
        )
        subjects = [
            _recording(platform, caller, "usage, singly", 1, connections=64, target=18_000),
            _recording(platform, caller, "usage, batch of 100", 100, connections=8, target=80_000),
            _recording(platform, caller, "usage, batch of 1,000", 1_000, connections=4),
        ]
        return measure([bare, *subjects], rounds=rounds, seconds=seconds)


def _recording(
    platform: stage.Stage,
    caller: str,
    name: str,
    batch: int,
    *,
    connections: int,
    target: float | None = None,
) -> Subject:
    def requests(number: int) -> list[bytes]:
        count = min(_IN_A_ROUND // batch, 60_000)
        return [_usage(caller, f"{batch}-{number}-{n}", batch) for n in range(count)]

    return Subject(
        name,
        platform.server,
        requests,
        connections=connections,
        per_request=batch,
        once=True,
        target=target,
    )


async def _caller(platform: stage.Stage) -> str:
    async with populating(platform) as population:
        return f"ApiKey {population.caller}"


def _usage(caller: str, name: str, count: int) -> bytes:
    events = [{"id": f"{name}-{n}", "source": "bench", "meter": "api_calls"} for n in range(count)]
    body = json.dumps({"events": events}).encode()
    return request("POST", "/api/v1/billing/usage", caller, body)
