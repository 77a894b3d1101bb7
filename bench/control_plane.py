"""Validation, keys and tokens over HTTP, beside a floor."""

import asyncio
import json
from collections.abc import Callable
from urllib.parse import urlencode

from bench import stage
from bench.load import request
from bench.population import populating
from bench.rounds import Row, Subject, measure

TOKENS = 1_000
_BATCH = 100
_Requests = Callable[[int], list[bytes]]


def run(*, rounds: int, seconds: float) -> list[Row]:
    """Floor and platform take turns on one core; signs with RS256, then with ES256."""
    rows: list[Row] = []
    for algorithm in ("RS256", "ES256"):
        with (
            stage.floor() as floor,
            stage.platform(ARGUS_AUTH_SIGNING_ALGORITHM=algorithm) as platform,
        ):
            bare = Subject("floor (bare Granian, ASGI)", floor, _always(request("GET", "/", "")))
            build = _validation if algorithm == "RS256" else _issuing
            subjects = asyncio.run(build(platform, rounds, algorithm))
            rows += measure([bare, *subjects], rounds=rounds, seconds=seconds)[bool(rows) :]
    return rows


async def _validation(platform: stage.Stage, rounds: int, algorithm: str) -> list[Subject]:
    server = platform.server
    async with populating(platform) as population:
        caller = f"ApiKey {population.caller}"
        tokens = population.access_tokens(TOKENS)
        keys = await population.api_keys(TOKENS)
        fresh_tokens = population.access_tokens(_fresh(rounds, 3_000))
        fresh_keys = await population.api_keys(_fresh(rounds, 10_000))
        machine = await population.machine(platform.url, platform.owner)
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
            f"validate, first time ({algorithm})",
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
        ),
        _client_credentials(platform, machine, algorithm, target=2_400),
    ]


async def _issuing(platform: stage.Stage, rounds: int, algorithm: str) -> list[Subject]:
    server = platform.server
    async with populating(platform) as population:
        machine = await population.machine(platform.url, platform.owner)
        refresh_tokens = await population.refresh_tokens(_fresh(rounds, 4_000))
    return [
        _client_credentials(platform, machine, algorithm, target=7_000),
        Subject(
            f"refresh with rotation ({algorithm})",
            server,
            _new_each_round(
                [
                    _form("grant_type=refresh_token&client_id=argus&refresh_token=" + token)
                    for token in refresh_tokens
                ],
                rounds,
            ),
            once=True,
            target=5_000,
        ),
    ]


def _client_credentials(
    platform: stage.Stage, machine: tuple[str, str], algorithm: str, target: float
) -> Subject:
    identifier, secret = machine
    form = {
        "grant_type": "client_credentials",
        "client_id": identifier,
        "client_secret": secret,
    }
    return Subject(
        f"client credentials ({algorithm})",
        platform.server,
        _always(_form(urlencode(form))),
        target=target,
    )


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


def _form(form: str) -> bytes:
    return request("POST", "/oauth/token", "", form.encode(), "x-www-form-urlencoded")
