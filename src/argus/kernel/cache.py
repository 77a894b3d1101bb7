"""What is dear to find out and may be a little old: kept in the process, then in Valkey.

One caller at a time finds a value out, all others wait for it, or go on with what they have while
it is not too old: near its end a value is renewed by one, and nobody waits. Where finding out
fails, the last known value serves on in this process.

Everything of an organization is forgotten by `flush` in the transaction that changes something:
PostgreSQL tells every process at commit. A process that cannot hear it keeps a value until it is
too old. Nothing that decides about access belongs here; see `auth.validation` for that.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Generic, TypeVar, cast

import orjson

from argus.kernel.db.listen import Listener
from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.errors import ArgusError
from argus.kernel.ids import OrganizationId, new_id
from argus.kernel.telemetry import CACHE_LOOKUPS
from argus.kernel.valkey import Valkey, ValkeyUnavailable

CHANNEL = "argus_cache"
EARLY = 0.8
"""Part of its time after which a value is renewed."""
RETRY_S = 1.0
"""How long a value serves on before it is tried again to find it out."""

# A value counts under the generation at which finding it out began.
_READ = """
return {redis.call('GET', KEYS[1]) or '', redis.call('GET', KEYS[2]), redis.call('PTTL', KEYS[2])}
"""
_WRITE = "return redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])"

V = TypeVar("V", bound=int | str | list[str] | dict[str, str])
Name = tuple[OrganizationId, str]


@dataclass(frozen=True, slots=True)
class _Entry(Generic[V]):
    value: V
    renew_at_s: float
    too_old_at_s: float


class Cache(Generic[V]):
    """Values by organization and key, of one kind; `fresh_s` is how old one may be."""

    def __init__(
        self,
        name: str,
        listener: Listener,
        valkey: Valkey | None,
        *,
        fresh_s: float,
        max_entries: int = 10_000,
        elapsed_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name, self._valkey, self._elapsed_s = name, valkey, elapsed_s
        self._fresh_s, self._max_entries = fresh_s, max_entries
        self._entries: OrderedDict[Name, _Entry[V]] = OrderedDict()
        self._finding: dict[Name, asyncio.Future[None]] = {}
        self._flushes = 0
        self._read = valkey.script(_READ) if valkey else None
        self._write = valkey.script(_WRITE) if valkey else None
        self._counts = {
            where: CACHE_LOOKUPS.labels(name, where)
            for where in ("process", "valkey", "source", "outdated")
        }
        listener.call(CHANNEL, self._forget)

    async def get(
        self, organization_id: OrganizationId, key: str, find: Callable[[], Awaitable[V]]
    ) -> V:
        """The value, which `find` finds out where it is not known, or too old.

        Raises:
            ArgusError: what `find` raised, where no value is known at all.
        """
        name = (organization_id, key)
        while True:
            entry, now_s = self._entries.get(name), self._elapsed_s()
            finding = self._finding.get(name)
            if entry is not None and (
                now_s < entry.renew_at_s or (finding is not None and now_s < entry.too_old_at_s)
            ):
                self._counts["process"].inc()
                return entry.value
            if finding is None:
                break
            await asyncio.shield(finding)
        self._finding[name] = found = asyncio.get_running_loop().create_future()
        try:
            return await self._find(name, entry, find)
        finally:
            del self._finding[name]
            found.set_result(None)

    async def _find(
        self, name: Name, entry: _Entry[V] | None, find: Callable[[], Awaitable[V]]
    ) -> V:
        flushes = self._flushes
        generation, shared = await self._of_all(name)
        if shared is not None:
            value, left_s = shared
            self._counts["valkey"].inc()
        else:
            try:
                value, left_s = await find(), self._fresh_s
            except ArgusError:
                if entry is None or flushes != self._flushes:
                    raise
                retry_at_s = self._elapsed_s() + RETRY_S
                self._keep(name, replace(entry, renew_at_s=retry_at_s, too_old_at_s=retry_at_s))
                self._counts["outdated"].inc()
                return entry.value
            await self._tell_all(name, generation, value)
            self._counts["source"].inc()
        if flushes == self._flushes:
            now_s = self._elapsed_s()
            renew_at_s = now_s + left_s - self._fresh_s * (1 - EARLY)
            self._keep(name, _Entry(value, renew_at_s, now_s + left_s))
        return value

    def _keep(self, name: Name, entry: _Entry[V]) -> None:
        self._entries[name] = entry
        self._entries.move_to_end(name)
        if len(self._entries) > self._max_entries:
            self._entries.popitem(last=False)

    async def _of_all(self, name: Name) -> tuple[str | None, tuple[V, float] | None]:
        """The generation, None without Valkey; and a value that is not to be renewed yet, with the
        seconds that it has left.
        """
        if self._valkey is None or self._read is None:
            return None, None
        keys = [_generation_key(name[0]), self._key(name)]
        try:
            generation, stored, left_ms = await self._valkey.run(self._read, keys)
        except ValkeyUnavailable:
            return None, None
        generation, left_s = generation.decode(errors="backslashreplace"), left_ms / 1000
        if stored is not None and left_s > self._fresh_s * (1 - EARLY):
            with suppress(TypeError, ValueError):  # what nobody can read is found out anew
                at, value = orjson.loads(stored)
                if at == generation:
                    return generation, (cast("V", value), left_s)
        return generation, None

    async def _tell_all(self, name: Name, generation: str | None, value: V) -> None:
        if self._valkey is None or self._write is None or generation is None:
            return
        stored = orjson.dumps([generation, value])
        try:
            key, left_ms = self._key(name), int(self._fresh_s * 1000)
            await self._valkey.run(self._write, [key], stored, left_ms)
        except ValkeyUnavailable:
            return

    async def _forget(self, payload: str | None) -> None:
        """Forget the organization that `payload` names, or everything after news were missed."""
        self._flushes += 1
        if payload is None:
            self._entries.clear()
            return
        for name in [name for name in self._entries if str(name[0]) == payload]:
            del self._entries[name]
        if self._valkey is None or self._write is None:
            return
        try:
            key, long_enough_ms = _generation_key(payload), int(self._fresh_s * 2000)
            await self._valkey.run(self._write, [key], new_id().hex, long_enough_ms)
        except ValkeyUnavailable:
            return

    def _key(self, name: Name) -> str:
        return f"cache:{{{name[0]}}}:{self._name}:{name[1]}"


async def flush(uow: UnitOfWork, organization_id: OrganizationId) -> None:
    """Have every process forget, when `uow` commits, what caches hold of the organization."""
    await uow.notify(CHANNEL, str(organization_id))


def _generation_key(organization_id: object) -> str:
    return f"cache:{{{organization_id}}}:generation"
