"""Validation and refresh among more and more live sessions and keys that nobody presents."""

import asyncio
import json
from collections.abc import Callable, Sequence
from urllib.parse import urlencode

from bench import stage
from bench.figures import Figure
from bench.load import request
from bench.population import populating
from bench.rounds import Row, Subject, measure

CROWDS = (1, 100, 10_000, 1_000_000)
_REFERENCE = 100
_TOKENS = 1_000
_IN_A_ROUND = 5_000
"""Of what is good once."""
_FLAT = 1.2
"""What a request may cost among a million, relative to among a hundred."""


def run(*, rounds: int, seconds: float, crowds: Sequence[int] = CROWDS) -> list[Figure]:
    """The same subjects among each crowd, in growing order, and how much dearer the largest makes
    them.
    """
    seen: dict[int, list[Row]] = {}
    with (
        stage.floor() as floor,
        stage.platform(
            ARGUS_TRUSTED_PROXIES='["127.0.0.1/32"]', ARGUS_AUTH_SIGNING_ALGORITHM="ES256"
        ) as platform,
    ):
        bare = Subject("floor (bare uvicorn)", floor, lambda _: [request("GET", "/", "")])
        lived = 0
        for crowd in crowds:
            subjects = asyncio.run(_subjects(platform, rounds, crowd - lived))
            seen[crowd] = measure([bare, *subjects], rounds=rounds, seconds=seconds)
            lived = crowd
    return _figures(seen)


async def _subjects(platform: stage.Stage, rounds: int, more: int) -> list[Subject]:
    count = (rounds + 1) * _IN_A_ROUND
    async with populating(platform) as population:
        await population.crowd(more, more)
        caller = f"ApiKey {population.caller}"
        tokens = population.access_tokens(_TOKENS)
        keys = await population.api_keys(count)
        refresh_tokens = await population.refresh_tokens(count)
    validations = [_validate(caller, token) for token in tokens]
    return [
        Subject("validate", platform.server, lambda _: validations),
        Subject(
            "validate, API key, first time",
            platform.server,
            _once([_validate(caller, key) for key in keys]),
            once=True,
        ),
        Subject(
            "refresh",
            platform.server,
            _once([_refresh(number, token) for number, token in enumerate(refresh_tokens)]),
            once=True,
        ),
    ]


def _figures(seen: dict[int, list[Row]]) -> list[Figure]:
    figures: list[Figure] = []
    floors = {crowd: rows[0] for crowd, rows in seen.items()}
    few, most = min(seen, key=lambda crowd: abs(crowd - _REFERENCE)), max(seen)
    for number, subject in enumerate(seen[few][1:], start=1):
        by_crowd = {crowd: rows[number] for crowd, rows in seen.items()}
        for crowd, row in by_crowd.items():
            name = f"{subject.name}, among {crowd:,}"
            figures += [
                Figure(f"{name}: p50", row.p50_ms, "ms", floor=floors[crowd].p50_ms),
                Figure(f"{name}: p99", row.p99_ms, "ms", floor=floors[crowd].p99_ms),
                Figure(
                    f"{name}: CPU with PostgreSQL's", _cost(row), "us", floor=_cost(floors[crowd])
                ),
            ]
        compared = f"{subject.name}: {most:,} to {few:,}"
        dearer = _cost(by_crowd[most]) / _cost(by_crowd[few])
        slower = by_crowd[most].p50_ms / by_crowd[few].p50_ms
        figures += [
            Figure(f"{compared}, CPU", dearer, "times", at_most=_FLAT),
            Figure(f"{compared}, p50", slower, "times", at_most=_FLAT),
        ]
    refused = sum(row.refused for rows in seen.values() for row in rows)
    return [*figures, Figure("refused", refused, "answers", at_most=0)]


def _cost(row: Row) -> float:
    return row.cpu_us + row.database_us


def _once(requests: list[bytes]) -> Callable[[int], list[bytes]]:
    return lambda number: requests[number * _IN_A_ROUND : (number + 1) * _IN_A_ROUND]


def _validate(caller: str, credential: str) -> bytes:
    body = json.dumps({"token": credential}).encode()
    return request("POST", "/api/v1/auth/validate", caller, body)


def _refresh(number: int, token: str) -> bytes:
    form = {"grant_type": "refresh_token", "client_id": "argus", "refresh_token": token}
    address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    return request(
        "POST",
        "/oauth/token",
        "",
        urlencode(form).encode(),
        "x-www-form-urlencoded",
        address=address,
    )
