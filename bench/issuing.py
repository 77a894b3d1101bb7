"""Tokens for machines, and refreshes, over HTTP: beside a server that only answers, and beside a
signature and a look-up alone, without which no server issues such tokens.
"""

import asyncio
import statistics
import time
from collections.abc import Callable
from urllib.parse import urlencode

import psycopg
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.jwk import RSAKey

from argus.services.auth.sha256 import sha256_of
from argus.services.auth.signing_keys.service import generate_pair
from bench import stage
from bench.load import request
from bench.population import populating
from bench.rounds import Row, Server, Subject, cpu_s, measure

_TARGETS = {"RS256": 2_400, "ES256": 7_000}
_REFRESHES_TARGET = 5_000
_IN_A_ROUND = 6_000
"""Refreshes: a token is good once."""
_ALONE = 2_000
"""Signatures or look-ups that are measured by themselves."""
_LOOK_UP = """
select token.*, session.* from auth.refresh_token token
join auth.session on session.id = token.session_id where token.hash = %s
"""


def run(*, rounds: int, seconds: float) -> list[Row]:
    """Floor and platform take turns on one core; signs with RS256, then with ES256."""
    rows: list[Row] = []
    for algorithm, target in _TARGETS.items():
        with (
            stage.floor() as floor,
            stage.platform(
                ARGUS_AUTH_SIGNING_ALGORITHM=algorithm, ARGUS_TRUSTED_PROXIES='["127.0.0.1/32"]'
            ) as platform,
        ):
            bare = Subject("floor (bare uvicorn)", floor, lambda _: [request("GET", "/", "")])
            subjects, conninfo, token = asyncio.run(_subjects(platform, rounds, algorithm, target))
            measured = measure([bare, *subjects], rounds=rounds, seconds=seconds)
            alone = [
                _alone(f"bare signature ({algorithm})", measured[0], _signing(algorithm)),
                _looking_up(conninfo, token, measured[0], platform.server),
            ]
        rows += [*measured[bool(rows) :], *alone]
    return rows


async def _subjects(
    platform: stage.Stage, rounds: int, algorithm: str, target: float
) -> tuple[list[Subject], str, str]:
    async with populating(platform) as population:
        client_id, secret = await population.machine(platform.url, platform.owner)
        tokens = await population.refresh_tokens((rounds + 1) * _IN_A_ROUND)
        auth = next(each for each in population.composition.modules if each.name == "auth")
        conninfo = auth.database.conninfo
    machine = {
        "grant_type": "client_credentials",
        "client_id": client_id,
        "client_secret": secret,
    }
    refreshes = [_refresh(number, token) for number, token in enumerate(tokens)]
    subjects = [
        Subject(
            f"client credentials ({algorithm})",
            platform.server,
            lambda _: [_form(machine)],
            target=target,
        ),
        Subject(
            f"refresh with rotation ({algorithm})",
            platform.server,
            lambda number: refreshes[number * _IN_A_ROUND : (number + 1) * _IN_A_ROUND],
            once=True,
            target=_REFRESHES_TARGET if algorithm == "ES256" else None,
        ),
    ]
    return subjects, conninfo, tokens[0]


def _form(fields: dict[str, str], address: str = "") -> bytes:
    body, kind = urlencode(fields).encode(), "x-www-form-urlencoded"
    return request("POST", "/oauth/token", "", body, kind, address=address)


def _refresh(number: int, token: str) -> bytes:
    """From an address of its own: anybody can send a public client's, and addresses are limited."""
    address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    fields = {"grant_type": "refresh_token", "client_id": "argus", "refresh_token": token}
    return _form(fields, address)


def _signing(algorithm: str) -> Callable[[], object]:
    pair, content = generate_pair(algorithm), b"x" * 600
    if isinstance(pair, RSAKey):
        rsa, padding, digest = pair.private_key, PKCS1v15(), SHA256()
        assert rsa is not None
        return lambda: rsa.sign(content, padding, digest)
    ec, ecdsa = pair.private_key, ECDSA(SHA256())
    assert ec is not None
    return lambda: ec.sign(content, ecdsa)


def _looking_up(conninfo: str, token: str, floor: Row, server: Server) -> Row:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        digest = sha256_of(token)
        return _alone(
            "bare look-up of a refresh token",
            floor,
            lambda: connection.execute(_LOOK_UP, [digest], prepare=True).fetchall(),
            server,
        )


def _alone(name: str, floor: Row, act: Callable[[], object], server: Server | None = None) -> Row:
    """What one of these takes of this process, and of the server's database."""
    act()
    database = server.database_pids if server else list[int]
    begun, cpu, of_database = time.perf_counter(), time.process_time(), cpu_s(database())
    took_ms: list[float] = []
    for _ in range(_ALONE):
        started = time.perf_counter()
        act()
        took_ms.append((time.perf_counter() - started) * 1000)
    cpu_us = (time.process_time() - cpu) / _ALONE * 1e6
    cuts = statistics.quantiles(took_ms, n=100)
    return Row(
        name=name,
        per_second=_ALONE / (time.perf_counter() - begun),
        per_core=1e6 / cpu_us,
        cpu_us=cpu_us,
        database_us=(cpu_s(database()) - of_database) / _ALONE * 1e6,
        p50_ms=cuts[49],
        p99_ms=cuts[98],
        refused=0,
        of_floor=1e6 / cpu_us / floor.per_core,
        target=None,
    )
