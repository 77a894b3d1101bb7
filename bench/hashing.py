"""Validation while passwords are hashed as fast as they can be, and what a sign-in costs.

The platform is as `argus up` starts it: one hasher, and nothing is pinned, so that the server, its
hasher, the worker and PostgreSQL share all cores; the load comes from all but the first. So many
sign in at a time that the hasher is hardly ever without a password; how much of the time it had one
is told. Rounds with sign-ins and without take turns, once with as many validations as there can be,
and once with fewer, which leave hashing its share.
"""

import asyncio
import json
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psutil
from argon2 import PasswordHasher

from argus.apps.owner import create_owner
from argus.kernel.settings import KernelSettings
from argus.services.auth.password_hasher import PARAMETERS
from bench import stage
from bench.figures import Figure
from bench.load import Load, Order, request
from bench.population import populating
from bench.rounds import cpu_s, generate, on_every_core

_TOKENS = 1_000
_PEOPLE = 4
_AT_ONCE = 3
"""Sign-ins of each. Attempts on one account at a time are few, or they would be throttled."""
_KEPT_BUSY = 0.9
"""Of the time, the hasher has a password: less is no full load."""


@dataclass(frozen=True)
class _Pace:
    """How validations come: where they take all that they can get, they leave hashing nothing."""

    name: str
    connections: int
    pause_s: float


_PACES = [_Pace("at full speed", 16, 0), _Pace("with 10 ms between requests", 32, 0.01)]


@dataclass(frozen=True)
class _Spent:
    """CPU time so far."""

    server_s: float
    hasher_s: float
    others_s: float
    """Of worker and PostgreSQL."""
    ready_s: float
    """For how long the hasher ran, or could have run and another process did."""

    def since(self, before: "_Spent") -> "_Spent":
        return _Spent(
            self.server_s - before.server_s,
            self.hasher_s - before.hasher_s,
            self.others_s - before.others_s,
            self.ready_s - before.ready_s,
        )


@dataclass(frozen=True)
class _Round:
    validations: Load
    spent: _Spent
    sign_ins: Load | None = None


def run(*, rounds: int, seconds: float) -> list[Figure]:
    """Quiet and busy rounds, as medians."""
    with ExitStack() as stack:
        with on_every_core():
            platform = stack.enter_context(stage.platform())
        validations, sign_ins = asyncio.run(_requests(platform))
        figures: list[Figure] = []
        for pace in _PACES:
            quiet, busy = list[_Round](), list[_Round]()
            for number in range(rounds + 1):
                measured = [_round(platform, pace, validations, [], seconds)]
                measured.append(_round(platform, pace, validations, sign_ins, seconds))
                if number:  # the first round warms up, and starts the hasher
                    quiet.append(measured[0])
                    busy.append(measured[1])
            figures += _figures(pace, quiet, busy)
    return figures


async def _requests(platform: stage.Stage) -> tuple[list[bytes], list[bytes]]:
    """Validations of different tokens, and one sign-in for each connection."""
    async with populating(platform) as population:
        caller = f"ApiKey {population.caller}"
        validations = [
            request("POST", "/api/v1/auth/validate", caller, json.dumps({"token": token}).encode())
            for token in population.access_tokens(_TOKENS)
        ]
        settings = population.composition.settings
        sign_ins = [
            await _sign_in(settings, platform.grpc, f"person{number}@bench.example")
            for number in range(_PEOPLE)
        ]
    return validations, sign_ins * _AT_ONCE


async def _sign_in(settings: KernelSettings, grpc: str, email: str) -> bytes:
    owner = await create_owner(settings, grpc, email)
    assert owner is not None
    who = {"email": owner.email, "password": owner.password.get_secret_value()}
    return request("POST", "/api/v1/auth/sign-in", "", json.dumps(who).encode())


def _round(
    platform: stage.Stage,
    pace: _Pace,
    validations: list[bytes],
    sign_ins: list[bytes],
    seconds: float,
) -> _Round:
    port, before = platform.server.port, _spent(platform)
    signed_in = None
    with ThreadPoolExecutor() as threads:
        order = Order(port, validations, pace.connections, seconds, pause_s=pace.pause_s)
        validating = threads.submit(generate, order)
        if sign_ins:
            order = Order(port, sign_ins, len(sign_ins), seconds)
            signed_in = threads.submit(generate, order).result()
        validated = validating.result()
    return _Round(validated, _spent(platform).since(before), signed_in)


def _spent(platform: stage.Stage) -> _Spent:
    server = platform.server
    hashers = [child.pid for child in psutil.Process(server.pid).children()]
    return _Spent(
        cpu_s([server.pid]),
        cpu_s(hashers),
        cpu_s([platform.worker_pid, *server.database_pids()]),
        sum(_ready_s(pid) for pid in hashers),
    )


def _ready_s(pid: int) -> float:
    """By Linux's own account: Documentation/scheduler/sched-stats.rst."""
    ran_ns, waited_ns, _slices = Path(f"/proc/{pid}/schedstat").read_text().split()
    return (int(ran_ns) + int(waited_ns)) / 1e9


def _figures(pace: _Pace, quiet: Sequence[_Round], busy: Sequence[_Round]) -> list[Figure]:
    quiet_p99 = statistics.median(each.validations.p99_ms for each in quiet)
    busy_p99 = statistics.median(each.validations.p99_ms for each in busy)
    validation_s = statistics.median(
        each.spent.server_s / each.validations.answers for each in quiet
    )
    sign_ins, sign_in_s, server_s, others_s = (
        list[Load](),
        list[float](),
        list[float](),
        list[float](),
    )
    ready, worked = list[float](), list[float]()
    for each in busy:
        if each.sign_ins is not None:
            sign_ins.append(each.sign_ins)
            number, spent = each.sign_ins.answers, each.spent
            server = spent.server_s - validation_s * each.validations.answers
            server_s.append(server / number)
            sign_in_s.append((server + spent.hasher_s) / number)
            others_s.append(spent.others_s / number)
            ready.append(spent.ready_s / each.sign_ins.seconds)
            worked.append(spent.hasher_s / each.sign_ins.seconds)
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
            "  the hasher had a password",
            statistics.median(ready),
            "of the time",
            at_least=_KEPT_BUSY,
        ),
        Figure("  and worked", statistics.median(worked), "of the time"),
        Figure("  CPU of one on the server", statistics.median(server_s) * 1000, "ms"),
        Figure("  in worker and PostgreSQL", statistics.median(others_s) * 1000, "ms"),
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
