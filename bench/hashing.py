"""Validation while passwords are hashed as fast as they can be, and what a sign-in costs.

The hashers are processes of their own, here one for each core. One person signs in again and again
from one place. Rounds with sign-ins and without take turns, once with as many validations as there
can be, and once with fewer, which leave hashing its share. The server is not pinned: its hashers
would be with it.
"""

import asyncio
import json
import os
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import psutil
from argon2 import PasswordHasher

from argus.services.auth.password_hasher import PARAMETERS
from bench import stage
from bench.figures import Figure
from bench.load import Load, Order, request
from bench.population import populating
from bench.rounds import Server, cpu_s, generate

_TOKENS = 1_000
_SIGNING_IN = 4
"""Connections. Attempts on one account at a time are few, or they would be throttled."""


@dataclass(frozen=True)
class _Pace:
    """How validations come: where they take all that they can get, they leave hashing nothing."""

    name: str
    connections: int
    pause_s: float


_PACES = [_Pace("at full speed", 16, 0), _Pace("with 10 ms between requests", 32, 0.01)]


@dataclass(frozen=True)
class _Round:
    validations: Load
    server_s: float
    hashers_s: float
    """CPU time."""
    sign_ins: Load | None = None


def run(*, rounds: int, seconds: float) -> list[Figure]:
    """Quiet and busy rounds, as medians."""
    processes = len(os.sched_getaffinity(0)) + 1  # this one has left a core
    with stage.platform(ARGUS_AUTH_HASHER_PROCESSES=str(processes)) as platform:
        server = platform.server
        validations = asyncio.run(_validations(platform))
        figures: list[Figure] = []
        for pace in _PACES:
            quiet, busy = list[_Round](), list[_Round]()
            for number in range(rounds + 1):
                measured = [_round(server, pace, validations, [], seconds)]
                sign_in = [_sign_in(platform)]
                measured.append(_round(server, pace, validations, sign_in, seconds))
                if number:  # the first round warms up, and starts the hashers
                    quiet.append(measured[0])
                    busy.append(measured[1])
            figures += _figures(pace, quiet, busy)
    return figures


async def _validations(platform: stage.Stage) -> list[bytes]:
    async with populating(platform) as population:
        caller = f"ApiKey {population.caller}"
        return [
            request("POST", "/api/v1/auth/validate", caller, json.dumps({"token": token}).encode())
            for token in population.access_tokens(_TOKENS)
        ]


def _sign_in(platform: stage.Stage) -> bytes:
    return request("POST", "/api/v1/auth/sign-in", "", json.dumps(platform.owner).encode())


def _round(
    server: Server, pace: _Pace, validations: list[bytes], sign_ins: list[bytes], seconds: float
) -> _Round:
    hashers = [child.pid for child in psutil.Process(server.pid).children()]
    before, hashed = cpu_s([server.pid]), cpu_s(hashers)
    signed_in = None
    with ThreadPoolExecutor() as threads:
        order = Order(server.port, validations, pace.connections, seconds, pause_s=pace.pause_s)
        validating = threads.submit(generate, order)
        if sign_ins:
            order = Order(server.port, sign_ins, _SIGNING_IN, seconds)
            signed_in = threads.submit(generate, order).result()
        validated = validating.result()
    return _Round(validated, cpu_s([server.pid]) - before, cpu_s(hashers) - hashed, signed_in)


def _figures(pace: _Pace, quiet: Sequence[_Round], busy: Sequence[_Round]) -> list[Figure]:
    quiet_p99 = statistics.median(each.validations.p99_ms for each in quiet)
    busy_p99 = statistics.median(each.validations.p99_ms for each in busy)
    validation_s = statistics.median(each.server_s / each.validations.answers for each in quiet)
    sign_ins, sign_in_s = list[Load](), list[float]()
    for each in busy:
        if each.sign_ins is not None:
            cpu = each.server_s + each.hashers_s - validation_s * each.validations.answers
            sign_ins.append(each.sign_ins)
            sign_in_s.append(cpu / each.sign_ins.answers)
    refused = sum(load.refused for load in sign_ins)
    refused += sum(each.validations.refused for each in [*quiet, *busy])
    return [
        Figure(f"validations {pace.name}, nobody signing in", _per_second(quiet), "a second"),
        Figure("validations beside sign-ins", _per_second(busy), "a second"),
        Figure("validation's p50 beside sign-ins", _p50(busy), "ms", floor=_p50(quiet)),
        Figure("validation's p99 beside sign-ins", busy_p99, "ms", floor=quiet_p99),
        Figure("  of its quiet one", busy_p99 / quiet_p99, "times", at_most=2),
        Figure(
            "sign-ins by password",
            statistics.median(load.answers / load.seconds for load in sign_ins),
            "a second",
        ),
        Figure(
            "sign-ins of a core",
            1 / statistics.median(sign_in_s),
            "a second",
            at_least=28,
            floor=1 / _bare_hash_s(),
        ),
        Figure("a sign-in's p50", statistics.median(load.p50_ms for load in sign_ins), "ms"),
        Figure("refused", refused, "answers", at_most=0),
    ]


def _per_second(rounds: Sequence[_Round]) -> float:
    return statistics.median(each.validations.answers / each.validations.seconds for each in rounds)


def _p50(rounds: Sequence[_Round]) -> float:
    return statistics.median(each.validations.p50_ms for each in rounds)


def _bare_hash_s() -> float:
    """CPU time of one hash by the library alone."""
    hasher = PasswordHasher(PARAMETERS.time_cost, PARAMETERS.memory_cost, PARAMETERS.parallelism)
    hashed = hasher.hash("correct horse battery staple")
    started = time.process_time()
    for _ in range(10):
        hasher.verify(hashed, "correct horse battery staple")
    return (time.process_time() - started) / 10
