"""Password hashing in processes of its own (ADR 0014).

Hashing in a thread of the server costs validation twelve times its throughput although the GIL is
released. The processes are started when they are first needed, replaced when they are killed, and
end with the server, also after `kill -9` (PR_SET_PDEATHSIG).
"""

import asyncio
import base64
import hmac
import json
import os
import secrets
import signal
import sys
import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import cast

from argon2 import Parameters, extract_parameters
from argon2.low_level import Type

from argus.kernel.errors import ArgusError
from argus.kernel.processes import tied
from argus.services.auth import hashing_process

PARAMETERS = Parameters(
    type=Type.ID,
    version=0x13,
    salt_len=16,
    hash_len=32,
    time_cost=2,
    memory_cost=19 * 1024,
    parallelism=1,
)
"""OWASP Password Storage Cheat Sheet: argon2id, 19 MiB, t=2, p=1."""
KEY_ROUNDS = 12
"""Of bcrypt over API keys: 0.4 s of a core."""
PEPPER = "password"


class HashersBusy(ArgusError):
    """More people sign in than this installation can check passwords for at a time.

    Repeat the request after the seconds in `Retry-After`. An operator can raise
    `ARGUS_AUTH_HASHER_PROCESSES`.
    """

    code, status, title = "auth.hasher.busy", 503, "Too many sign-ins at once"

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": "2"}


@dataclass(frozen=True)
class HashedPassword:
    """What is stored of a password. `pepper_id` names the master key its pepper comes from."""

    hash: str = field(repr=False)
    pepper_id: str


class PasswordHasher:
    """Hashes and verifies with argon2id over a peppered HMAC of the password.

    The pepper never leaves this process. At most `waiting` requests wait for one of `processes`.
    """

    def __init__(self, peppers: Mapping[str, bytes], *, processes: int, waiting: int) -> None:
        self._peppers = peppers
        self._pepper_id = next(iter(peppers))
        self._processes = [_HashingProcess() for _ in range(processes)]
        self._idle: asyncio.LifoQueue[_HashingProcess] = asyncio.LifoQueue()
        for process in self._processes:
            self._idle.put_nowait(process)
        self._waiting, self._max_waiting = 0, waiting
        self._nobody = HashedPassword(_unknown_hash(), self._pepper_id)

    async def hash(self, password: str) -> HashedPassword:
        """What to store of the password.

        Raises:
            HashersBusy: too many requests wait already.
        """
        secret = self._peppered(password, self._pepper_id)
        return HashedPassword(str(await self._ask({"secret": secret})), self._pepper_id)

    async def verify(self, password: str, stored: HashedPassword | None) -> bool:
        """Whether it is the password; for None, a user without one, after the same work.

        Raises:
            HashersBusy: too many requests wait already.
        """
        # A pepper that is gone cannot match either, and must not be seen in the time.
        known = stored if stored and stored.pepper_id in self._peppers else self._nobody
        secret = self._peppered(password, known.pepper_id)
        return await self._ask({"secret": secret, "against": known.hash}) is True

    def is_outdated(self, stored: HashedPassword) -> bool:
        """Whether it was made with other parameters or another pepper than today's."""
        return stored.pepper_id != self._pepper_id or extract_parameters(stored.hash) != PARAMETERS

    async def hash_key(self, key: str) -> str:
        """Bcrypt of an API key of at most 72 bytes.

        Raises:
            HashersBusy: too many requests wait already.
        """
        return str(await self._ask({"secret": key, "rounds": KEY_ROUNDS}))

    async def verify_key(self, key: str, hashed: str) -> bool:
        """Whether it is the API key behind the bcrypt hash.

        Raises:
            HashersBusy: too many requests wait already.
        """
        return await self._ask({"secret": key, "against": hashed}) is True

    async def close(self) -> None:
        """End the processes."""
        for process in self._processes:
            await process.end()

    def _peppered(self, password: str, pepper_id: str) -> str:
        normal = unicodedata.normalize("NFKC", password).encode()
        return hmac.digest(self._peppers[pepper_id], normal, "sha256").hex()

    async def _ask(self, request: dict[str, str | int]) -> str | bool:
        if self._idle.empty() and self._waiting >= self._max_waiting:
            raise HashersBusy
        self._waiting += 1
        try:
            process = await self._idle.get()
        finally:
            self._waiting -= 1
        try:
            return await process.ask(request)
        finally:
            self._idle.put_nowait(process)


class _HashingProcess:
    """One process, which answers one request at a time."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None

    async def ask(self, request: dict[str, str | int]) -> str | bool:
        for _ in range(2):  # a process that was killed is replaced, and asked again
            process = self._process or await self._start()
            answer = b""
            try:
                answer = await _exchange(process, json.dumps(request).encode() + b"\n")
            finally:
                # Also when cancelled: the next one to ask must not read this one's answer.
                if not answer:
                    await self.end()
            if answer:
                return json.loads(answer)
        raise HashersBusy("the hashing process ends as soon as it is started")

    async def end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            with suppress(ProcessLookupError):
                # Not process.kill(): that polls, and takes the exit code from the event loop.
                os.kill(process.pid, signal.SIGKILL)
        await process.wait()

    async def _start(self) -> asyncio.subprocess.Process:
        command = [sys.executable, "-I", hashing_process.__file__]
        cost = (PARAMETERS.memory_cost, PARAMETERS.time_cost, PARAMETERS.parallelism)
        self._process = await asyncio.create_subprocess_exec(
            *tied([*command, *map(str, cost)], on_parent_death=signal.SIGKILL),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        return self._process


async def _exchange(process: asyncio.subprocess.Process, line: bytes) -> bytes:
    """The answer to `line`, or nothing if the process is dead."""
    to_process = cast("asyncio.StreamWriter", process.stdin)
    from_process = cast("asyncio.StreamReader", process.stdout)
    if to_process.is_closing():  # writing would be uvloop's RuntimeError
        return b""
    try:
        to_process.write(line)
        await to_process.drain()
        return await from_process.readline()
    except ConnectionError:
        return b""


def _unknown_hash() -> str:
    """A hash of today's cost that nothing matches."""
    salt, digest = (
        base64.b64encode(secrets.token_bytes(length)).rstrip(b"=").decode()
        for length in (PARAMETERS.salt_len, PARAMETERS.hash_len)
    )
    cost = f"m={PARAMETERS.memory_cost},t={PARAMETERS.time_cost},p={PARAMETERS.parallelism}"
    return f"$argon2id$v={PARAMETERS.version}${cost}${salt}${digest}"
