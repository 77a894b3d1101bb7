"""Validation while passwords are hashed as fast as they can be, and what a sign-in costs.

The platform is as `argus up` starts it, with one hasher: that, the worker and PostgreSQL use all
cores. The server has the first, which it shares with them: the load comes from the others over the
loopback interface, and Linux would draw the server there. What generates validations goes before
all else on its cores, so that it is not what is late; it needs to be root for that.

Rounds of three kinds take turns: nobody asks for a hash; passwords are guessed of people who do not
exist, from many addresses, where an attempt is its hash and little else; people sign in. So many do
at a time that the hasher is hardly ever without a password; how much of the time it had one is
told. All of it twice: with as many validations as there can be, which leave hashing what they do
not need, and with a fifth of them.
"""

import asyncio
import json
import statistics
import time
from collections.abc import Callable, Sequence
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
_PEOPLE = 48
_GUESSES = 1_000
"""Different ones of a round, more than there is time for: an account has five free, and an address
thirty.
"""
_SETTLING_S = 2
"""Until worker and PostgreSQL are done with what people who signed in left them to do."""
_AT_MOST = 2
"""Times its quiet one, of validation's p99."""
_KEPT_BUSY = 0.9
"""Of the time, the hasher has a password: less is no full load."""


@dataclass(frozen=True)
class _Pace:
    """How validations come."""

    name: str
    connections: int
    pause_s: float


_PACES = [_Pace("at full speed", 16, 0), _Pace("with 10 ms between requests", 64, 0.01)]


@dataclass(frozen=True)
class _Hashing:
    """What asks for hashes meanwhile."""

    name: str
    one: str
    requests: Callable[[int], list[bytes]]
    """By round."""
    connections: int
    expects: str
    at_least: float | None = None
    """Of a core a second, from DESIGN section 13."""


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
    hashed: Load
    """The same as `validations` in a quiet round."""


def run(*, rounds: int, seconds: float) -> list[Figure]:
    """Quiet and busy rounds, as medians."""
    with ExitStack() as stack:
        with on_every_core():
            proxies = '["127.0.0.1/32"]'
            platform = stack.enter_context(stage.platform(ARGUS_TRUSTED_PROXIES=proxies))
        validations, sign_ins = asyncio.run(_requests(platform))
        platform.server.pin()
        kinds = [
            _Hashing("guesses", "guess", _guesses, 32, "401"),
            _Hashing("sign-ins", "sign-in", lambda _round: sign_ins, 24, "200", at_least=28),
        ]
        figures: list[Figure] = []
        for pace in _PACES:
            quiet, busy = list[_Round](), {kind.one: list[_Round]() for kind in kinds}
            for number in range(rounds + 1):
                # Nobody tells when the last of it is done, and to ask would be a load as well.
                time.sleep(_SETTLING_S)  # noqa: TID251 - or the quiet round would not be quiet
                measured = _round(platform, pace, validations, None, number, seconds)
                if number:  # the first round warms up
                    quiet.append(measured)
                for kind in kinds:
                    measured = _round(platform, pace, validations, kind, number, seconds)
                    if number:
                        busy[kind.one].append(measured)
            figures.append(
                Figure(f"validations {pace.name}, quiet", _per_second(quiet), "a second")
            )
            for kind in kinds:
                figures += _figures(kind, quiet, busy[kind.one])
    return figures


async def _requests(platform: stage.Stage) -> tuple[list[bytes], list[bytes]]:
    """Validations of different tokens, and sign-ins of different people."""
    async with populating(platform) as population:
        caller = f"ApiKey {population.caller}"
        validations = [
            request("POST", "/api/v1/auth/validate", caller, json.dumps({"token": token}).encode())
            for token in population.access_tokens(_TOKENS)
        ]
        settings = population.composition.settings
        sign_ins = [
            await _sign_in_of_somebody(settings, platform.grpc, number) for number in range(_PEOPLE)
        ]
    return validations, sign_ins


async def _sign_in_of_somebody(settings: KernelSettings, grpc: str, number: int) -> bytes:
    owner = await create_owner(settings, grpc, f"person{number}@bench.example")
    assert owner is not None
    # Where nobody has a credential yet, an address may send 300 requests a minute.
    return _sign_in(owner.email, owner.password.get_secret_value(), f"10.255.0.{number}")


def _guesses(round_: int) -> list[bytes]:
    """Of accounts that do not exist, from an address each."""
    return [
        _sign_in(
            f"nobody{round_}-{number}@bench.example",
            "correct horse battery staple",
            f"10.{round_}.{number >> 8}.{number & 255}",
        )
        for number in range(_GUESSES)
    ]


def _sign_in(email: str, password: str, address: str) -> bytes:
    who = json.dumps({"email": email, "password": password}).encode()
    return request("POST", "/api/v1/auth/sign-in", "", who, address=address)


def _round(
    platform: stage.Stage,
    pace: _Pace,
    validations: list[bytes],
    kind: _Hashing | None,
    number: int,
    seconds: float,
) -> _Round:
    port, before = platform.server.port, _spent(platform)
    with ThreadPoolExecutor() as threads:
        order = Order(
            port,
            validations,
            pace.connections,
            seconds,
            pause_s=pace.pause_s,
            goes_first=True,
        )
        validating = hashing = threads.submit(generate, order)
        if kind is not None:
            requests = kind.requests(number)
            order = Order(port, requests, kind.connections, seconds, expects=kind.expects)
            hashing = threads.submit(generate, order)
        hashed, validated = hashing.result(), validating.result()
    return _Round(validated, _spent(platform).since(before), hashed)


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


def _figures(kind: _Hashing, quiet: Sequence[_Round], busy: Sequence[_Round]) -> list[Figure]:
    quiet_p99, busy_p99 = _p99(quiet), _p99(busy)
    ready = statistics.median(each.spent.ready_s / each.hashed.seconds for each in busy)
    worked = statistics.median(each.spent.hasher_s / each.hashed.seconds for each in busy)
    hashed = statistics.median(each.hashed.answers / each.hashed.seconds for each in busy)
    validation_s = statistics.median(
        each.spent.server_s / each.validations.answers for each in quiet
    )
    server_s = [
        (each.spent.server_s - validation_s * each.validations.answers) / each.hashed.answers
        for each in busy
    ]
    hash_s = [each.spent.hasher_s / each.hashed.answers for each in busy]
    others_s = [each.spent.others_s / each.hashed.answers for each in busy]
    of_both_s = statistics.median(map(sum, zip(server_s, hash_s, strict=True)))
    refused = sum(each.hashed.refused + each.validations.refused for each in busy)
    refused += sum(each.validations.refused for each in quiet)
    return [
        Figure(f"beside {kind.name}: validations", _per_second(busy), "a second"),
        Figure("  their p50", _p50(busy), "ms", floor=_p50(quiet)),
        Figure("  their p99", busy_p99, "ms", floor=quiet_p99),
        Figure("  that is", busy_p99 / quiet_p99, "times", at_most=_AT_MOST),
        Figure(f"  {kind.name}", hashed, "a second"),
        Figure("  the hasher had a password", ready, "of the time", at_least=_KEPT_BUSY),
        Figure("  and worked", worked, "of the time"),
        Figure(f"  CPU of one {kind.one} on the server", statistics.median(server_s) * 1000, "ms"),
        Figure("  in worker and PostgreSQL", statistics.median(others_s) * 1000, "ms"),
        Figure(
            f"  {kind.name} of a core, with their hashes",
            1 / of_both_s,
            "a second",
            at_least=kind.at_least,
            floor=1 / _bare_hash_s(),
        ),
        Figure("  refused", refused, "answers", at_most=0),
    ]


def _per_second(rounds: Sequence[_Round]) -> float:
    return statistics.median(each.validations.answers / each.validations.seconds for each in rounds)


def _p50(rounds: Sequence[_Round]) -> float:
    return statistics.median(each.validations.p50_ms for each in rounds)


def _p99(rounds: Sequence[_Round]) -> float:
    return statistics.median(each.validations.p99_ms for each in rounds)


def _bare_hash_s() -> float:
    """CPU time of one hash by the library alone."""
    hasher = PasswordHasher(PARAMETERS.time_cost, PARAMETERS.memory_cost, PARAMETERS.parallelism)
    hashed = hasher.hash("correct horse battery staple")
    started = time.process_time()
    for _ in range(10):
        hasher.verify(hashed, "correct horse battery staple")
    return (time.process_time() - started) / 10
