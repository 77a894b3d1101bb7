"""Validation of tokens and keys over HTTP, beside a floor."""

import asyncio
import json
from collections.abc import Callable

from bench import stage
from bench.load import request
from bench.population import populating
from bench.rounds import Row, Subject, measure

TOKENS = 1_000
_BATCH = 100
_Requests = Callable[[int], list[bytes]]


def run(*, rounds: int, seconds: float) -> list[Row]:
    """Floor and platform take turns on one core."""
    with stage.floor() as floor, stage.platform() as platform:
        bare = Subject("floor (bare uvicorn)", floor, _always(request("GET", "/", "")))
        subjects = asyncio.run(_subjects(platform, rounds))
        return measure([bare, *subjects], rounds=rounds, seconds=seconds)


async def _subjects(platform: stage.Stage, rounds: int) -> list[Subject]:
    server = platform.server
    async with populating(platform) as population:
        caller = f"ApiKey {population.caller}"
        tokens = population.access_tokens(TOKENS)
        keys = await population.api_keys(TOKENS)
        fresh_tokens = population.access_tokens(_fresh(rounds, 3_000))
        fresh_keys = await population.api_keys(_fresh(rounds, 10_000))
    return [
        Subject(
            "validate, 1,000 tokens",
            server,
            _always(*(_validate(caller, token) for token in tokens)),
            target=35_000,
        ),
        Subject(
            "forward, 1,000 tokens",
            server,
            _always(*(request("GET", "/api/v1/auth/forward", f"Bearer {t}") for t in tokens)),
            target=35_000,
        ),
        Subject(
            "validate, first time (RS256)",
            server,
            _new_each_round([_validate(caller, token) for token in fresh_tokens], rounds),
            once=True,
        ),
        Subject(
            "validate, 1,000 API keys",
            server,
            _always(*(_validate(caller, key) for key in keys)),
            target=35_000,
        ),
        Subject(
            "validate, API key, first time",
            server,
            _new_each_round([_validate(caller, key) for key in fresh_keys], rounds),
            once=True,
            target=18_000,
        ),
        Subject(
            f"validate, batch of {_BATCH}",
            server,
            _always(*(_batch(caller, tokens[n : n + _BATCH]) for n in range(0, TOKENS, _BATCH))),
            connections=8,
            per_request=_BATCH,
            target=150_000,
        ),
    ]


def _always(*requests: bytes) -> _Requests:
    return lambda _: [*requests]


def _fresh(rounds: int, in_a_round: int) -> int:
    return (rounds + 1) * in_a_round


def _new_each_round(requests: list[bytes], rounds: int) -> _Requests:
    share = len(requests) // (rounds + 1)
    return lambda number: requests[number * share : (number + 1) * share]


def _validate(caller: str, credential: str) -> bytes:
    body = json.dumps({"token": credential}).encode()
    return request("POST", "/api/v1/auth/validate", caller, body)


def _batch(caller: str, credentials: list[str]) -> bytes:
    questions = [{"token": credential} for credential in credentials]
    body = json.dumps({"questions": questions}).encode()
    return request("POST", "/api/v1/auth/validate/batch", caller, body)
