"""Validation and usage over HTTP, on a real platform, as ratios to the floor of the same run."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from bench.http_load import Load, load, post

CONNECTIONS, REQUESTS = 16, 4000
BATCH = 100


@contextmanager
def process(*command: str, environment: dict[str, str] | None = None) -> Iterator[str]:
    """A process that prints one line when it is ready; ended afterwards."""
    running = subprocess.Popen(
        [sys.executable, *command],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **(environment or {})},
    )
    assert running.stdout is not None
    try:
        yield running.stdout.readline()
    finally:
        running.terminate()
        running.wait()


async def measure(floor_port: int, started: dict[str, Any]) -> dict[str, Load]:
    """Rounds of load, the floor first and last so that a noisy machine shows."""
    url, owner = started["platform"]["url"], started["owner"]
    port = int(url.rpartition(":")[2])
    async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
        signed_in = (await client.post("/api/v1/auth/sign-in", json=owner)).json()
    token = signed_in["access_token"]
    bearer = f"Bearer {token}"
    validate = post("/api/v1/auth/validate", json.dumps({"token": token}).encode(), bearer)
    floor = post("/", b"{}", bearer)
    rounds = {
        "floor": await load(floor_port, floor, connections=CONNECTIONS, requests=REQUESTS),
        "validate": await load(port, validate, connections=CONNECTIONS, requests=REQUESTS // 4),
    }
    events = [{"id": str(n), "source": "bench", "meter": "api_calls"} for n in range(BATCH)]
    usage = post("/api/v1/billing/usage", json.dumps({"events": events}).encode(), bearer)
    rounds["usage batch"] = await load(port, usage, connections=4, requests=200)
    rounds["floor again"] = await load(
        floor_port, floor, connections=CONNECTIONS, requests=REQUESTS
    )
    return rounds


def run() -> None:
    """Start floor and platform, measure, print a table."""
    tiers = {
        "version": 1,
        "currency": "USD",
        "meters": ["api_calls"],
        "tiers": {
            "free": {
                "price_minor": 0,
                "requests_per_minute": 10_000_000,
                "features": {"api_calls": "unlimited"},
            }
        },
    }
    with tempfile.TemporaryDirectory() as home:
        file = Path(home) / "tiers.yaml"
        file.write_text(json.dumps(tiers))
        environment = {
            "ARGUS_BILLING_TIERS_FILE": str(file),
            "ARGUS_ADDRESS_REQUESTS_PER_MINUTE": "10000000",
            "ARGUS_LOG_LEVEL": "warning",
        }
        up = ("-m", "argus", "up", "--json", "--port", "0", "--home", f"{home}/home")
        with process("-m", "bench.floor") as port, process(*up, environment=environment) as line:
            started = json.loads(line)
            if "platform" not in started:
                sys.exit(f"the platform does not start: {started}")
            rounds = asyncio.run(measure(int(port), started))
    floor = rounds["floor"].per_second
    print(f"{'':12} {'per second':>10} {'of floor':>9} {'p50 ms':>8} {'p99 ms':>8} {'refused':>8}")
    for name, seen in rounds.items():
        print(
            f"{name:12} {seen.per_second:10.0f} {seen.per_second / floor:9.1%}"
            f" {seen.p50_ms:8.2f} {seen.p99_ms:8.2f} {seen.refused:8}"
        )
