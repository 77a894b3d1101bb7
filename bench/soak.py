"""Ten thousand people at work for minutes: validate, refresh, sign out; nothing fails or grows.

Each visit of a session refreshes its tokens, has the new one validated ten times, sometimes beside
that of somebody who has gone, and may end in a sign-out, which must be seen at once. The server's
memory of credentials is filled before the clock starts, so that what grows then is what leaks.
"""

import asyncio
import json
import random
import statistics
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import psutil
import uvloop

from bench import stage
from bench.connection import Answer, Connection
from bench.figures import Figure
from bench.load import request
from bench.population import populating, present
from bench.rounds import cpu_s

SESSIONS = 10_000
CONNECTIONS = 64
VALIDATIONS = 10
"""Of a visit."""
SIGN_OUTS_A_SECOND = 16
"""Each of them comes back as a new session; in ten minutes that is each once."""
_REMEMBERED = 50_000
"""Credentials, `ARGUS_AUTH_REMEMBERED_CREDENTIALS`."""
_FLAT_PERCENT_A_MINUTE = 1.0
"""Of the server's memory: 10,000 revocations have to be remembered too."""
_SEED = 4


def run(*, seconds: float, sessions: int = SESSIONS) -> list[Figure]:
    """Work for that long on a platform of its own."""
    with (
        stage.floor() as floor,
        stage.platform(
            ARGUS_TRUSTED_PROXIES='["127.0.0.1/32"]', ARGUS_AUTH_SIGNING_ALGORITHM="ES256"
        ) as platform,
    ):
        return uvloop.run(_soak(platform, floor.port, seconds, sessions))


@dataclass
class _Session:
    """Somebody with an address and a refresh token."""

    address: str
    refresh_token: str
    access_token: str = ""


@dataclass
class _Seen:
    """What the sessions saw: latencies in milliseconds by what was asked."""

    latencies: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    refused: dict[str, int] = field(default_factory=dict[str, int])
    wrong: int = 0
    """Answers that say of a credential what is not so."""

    def note(self, what: str, started: float, answer: Answer) -> None:
        """Count an answer."""
        self.latencies.setdefault(what, []).append((time.perf_counter() - started) * 1000)
        if answer.status >= 300:
            name = f"{what}: {answer.status}"
            self.refused[name] = self.refused.get(name, 0) + 1


@dataclass
class _Crowd:
    """The sessions, and what is left for those who come after a sign-out."""

    caller: str
    present: deque[_Session]
    spare: deque[_Session]
    chance: random.Random
    until: float
    seen: _Seen = field(default_factory=_Seen)
    gone: list[str] = field(default_factory=list[str])
    """Access tokens of who signed out."""
    sign_outs: float = 0
    """How many may sign out by now."""

    async def work(self, connection: Connection) -> None:
        """Visit one session after the other."""
        while time.monotonic() < self.until and self.present:
            session = self.present.popleft()
            if await self._visit(connection, session):
                self.present.append(session)

    async def allow_sign_outs(self) -> None:
        """A few a second."""
        while time.monotonic() < self.until:
            await asyncio.sleep(0.25)
            self.sign_outs += SIGN_OUTS_A_SECOND / 4

    async def _visit(self, connection: Connection, session: _Session) -> bool:
        """Whether the session lives on."""
        form = f"grant_type=refresh_token&client_id=argus&refresh_token={session.refresh_token}"
        answer = await self._ask(
            connection,
            "refresh",
            request(
                "POST",
                "/oauth/token",
                "",
                form.encode(),
                "x-www-form-urlencoded",
                address=session.address,
            ),
        )
        if answer.status != 200:
            return True  # counted; tried again
        told = answer.json()
        session.access_token, session.refresh_token = told["access_token"], told["refresh_token"]
        for _ in range(VALIDATIONS):
            await self._validate(connection, session.access_token, active=True)
        if self.gone and self.chance.random() < 0.1:
            await self._validate(connection, self.chance.choice(self.gone), active=False)
        if self.sign_outs < 1 or not self.spare:
            return True
        self.sign_outs -= 1
        bearer = f"Bearer {session.access_token}"
        await self._ask(connection, "sign out", request("POST", "/api/v1/auth/sign-out", bearer))
        await self._validate(connection, session.access_token, active=False)
        self.gone.append(session.access_token)
        self.present.append(self.spare.popleft())
        return False

    async def _validate(self, connection: Connection, token: str, *, active: bool) -> None:
        body = json.dumps({"token": token}).encode()
        asked = request("POST", "/api/v1/auth/validate", self.caller, body)
        answer = await self._ask(connection, "validate", asked)
        if answer.status == 200:
            self.seen.wrong += answer.json()["active"] is not active

    async def _ask(self, connection: Connection, what: str, asked: bytes) -> Answer:
        started = time.perf_counter()
        answer = await connection.ask(asked)
        self.seen.note(what, started, answer)
        return answer


async def _soak(
    platform: stage.Stage, floor_port: int, seconds: float, sessions: int
) -> list[Figure]:
    spare = int(seconds * SIGN_OUTS_A_SECOND)
    async with populating(platform) as population:
        caller = f"ApiKey {population.caller}"
        tokens = await population.refresh_tokens(sessions + spare)
        remembered = population.access_tokens(_REMEMBERED)
        await present(platform.server.port, population.caller, remembered)
    everybody = [_Session(_address(n), token) for n, token in enumerate(tokens)]
    crowd = _Crowd(
        caller,
        deque(everybody[:sessions]),
        deque(everybody[sessions:]),
        random.Random(_SEED),  # noqa: S311 - repeatable
        time.monotonic() + seconds,
    )
    floor_p99_ms = await _floor(floor_port)
    server, sizes = platform.server, list[tuple[float, float]]()
    served, stored = cpu_s([server.pid]), cpu_s(server.database_pids())
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(crowd.allow_sign_outs())
        tasks.create_task(_weigh(psutil.Process(server.pid), sizes, crowd.until))
        for _ in range(CONNECTIONS):
            tasks.create_task(_on_a_connection(crowd, server.port))
    return [
        Figure("sessions at work", sessions, ""),
        *_figures(crowd.seen, seconds, floor_p99_ms),
        Figure("CPU of the server", (cpu_s([server.pid]) - served) / seconds, "cores"),
        Figure("CPU of PostgreSQL", (cpu_s(server.database_pids()) - stored) / seconds, "cores"),
        *_growth(sizes),
    ]


async def _on_a_connection(crowd: _Crowd, port: int) -> None:
    connection = await Connection.open(port)
    await crowd.work(connection)
    await connection.close()


async def _floor(port: int) -> float:
    """The p99 of as many connections to a server that only answers, in milliseconds."""
    until, latencies = time.monotonic() + 3, list[float]()

    async def work() -> None:
        connection = await Connection.open(port)
        while time.monotonic() < until:
            started = time.perf_counter()
            await connection.ask(request("GET", "/", ""))
            latencies.append((time.perf_counter() - started) * 1000)
        await connection.close()

    await asyncio.gather(*(work() for _ in range(CONNECTIONS)))
    return statistics.quantiles(latencies, n=100)[98]


async def _weigh(server: psutil.Process, sizes: list[tuple[float, float]], until: float) -> None:
    """Minutes since the start and resident MiB of the server, each second."""
    started = time.monotonic()
    while time.monotonic() < until:
        resident = server.memory_info().rss / 2**20
        sizes.append(((time.monotonic() - started) / 60, resident))
        await asyncio.sleep(1)


def _address(number: int) -> str:
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def _figures(seen: _Seen, seconds: float, floor_p99_ms: float) -> list[Figure]:
    figures = [
        Figure("refused", sum(seen.refused.values()), "answers", at_most=0),
        *(Figure(f"  {name}", count, "answers") for name, count in sorted(seen.refused.items())),
        Figure("wrong", seen.wrong, "answers", at_most=0),
    ]
    for what, latencies in sorted(seen.latencies.items()):
        cuts = statistics.quantiles(latencies, n=100)
        figures += [
            Figure(what, len(latencies) / seconds, "a second"),
            Figure(f"  {what}, p50", cuts[49], "ms"),
            Figure(f"  {what}, p99", cuts[98], "ms", floor=floor_p99_ms),
        ]
    return figures


def _growth(sizes: Sequence[tuple[float, float]]) -> list[Figure]:
    """After a third of the time: the allocator needs a while to settle."""
    settled = sizes[len(sizes) // 3 :]
    slope = statistics.linear_regression(*zip(*settled, strict=True)).slope
    begun, ended = settled[0][1], settled[-1][1]
    return [
        Figure("server's memory after a third of the time", begun, "MiB"),
        Figure("server's memory at the end", ended, "MiB"),
        Figure("its slope from there", slope, "MiB/min"),
        Figure("  of what it was", slope / begun * 100, "%/min", at_most=_FLAT_PERCENT_A_MINUTE),
    ]
