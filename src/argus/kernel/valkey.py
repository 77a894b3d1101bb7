"""Valkey (or Redis), where an installation has one: what its replicas share quickly.

Nothing there is the truth of anything. Whoever uses it says what happens without it, and asks with
short patience: after a failure nobody asks again for a second, so that a server that hangs costs
one request a tenth of a second and not all of them.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, cast

import structlog

from argus.kernel.settings import KernelSettings
from argus.kernel.telemetry import VALKEY_FAILURES

TIMEOUT_S = 0.1
PAUSE_S = 1.0
_MAX_CONNECTIONS = 32

_log = structlog.get_logger(__name__)

Script = Callable[..., Awaitable[Any]]


class ValkeyUnavailable(Exception):
    """Valkey does not answer, or did not within the last second."""


class Valkey:
    """A server that may be away. `prefix` tells the installations that share it apart."""

    def __init__(
        self,
        url: str,
        prefix: str,
        elapsed_s: Callable[[], float] = time.monotonic,
        *,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        # Most installations have no Valkey, and its client takes long to import.
        from redis.asyncio import BlockingConnectionPool, Redis  # noqa: PLC0415
        from redis.asyncio.retry import Retry  # noqa: PLC0415
        from redis.backoff import NoBackoff  # noqa: PLC0415
        from redis.exceptions import ConnectionError as ConnectionError_  # noqa: PLC0415
        from redis.exceptions import RedisError  # noqa: PLC0415

        self.prefix, self._elapsed_s = prefix, elapsed_s
        self._failures = (RedisError, OSError, TimeoutError)
        self._asks_again_at = 0.0
        self._is_up = True
        pool = BlockingConnectionPool.from_url(  # pyright: ignore[reportUnknownMemberType]
            url,
            max_connections=_MAX_CONNECTIONS,
            timeout=timeout_s,
            socket_timeout=timeout_s,
            socket_connect_timeout=timeout_s,
            # Once more where a connection was of before a restart, but not where time is up.
            retry=Retry(NoBackoff(), 1, supported_errors=(ConnectionError_,)),
        )
        self._client = Redis.from_pool(pool)

    @classmethod
    def of(cls, settings: KernelSettings) -> "Valkey | None":
        """The installation's, if it has one."""
        if settings.redis_url is None:
            return None
        return cls(settings.redis_url.get_secret_value(), settings.database_role_prefix)

    def script(self, source: str) -> Script:
        """A Lua script; run it by `run`. It is sent by its digest after the first time."""
        return cast("Script", self._client.register_script(source))

    async def run(
        self, script: Script, keys: Sequence[str], *arguments: str | float | bytes
    ) -> Any:
        """What the script answers about `keys`, in one round trip.

        Raises:
            ValkeyUnavailable
        """
        if self._elapsed_s() < self._asks_again_at:
            raise ValkeyUnavailable
        try:
            answer = await script(keys=[f"{self.prefix}:{key}" for key in keys], args=arguments)
        except self._failures as error:
            self._asks_again_at = self._elapsed_s() + PAUSE_S
            VALKEY_FAILURES.inc()
            if self._is_up:
                self._is_up = False
                _log.warning("valkey.lost", error=type(error).__name__)
            raise ValkeyUnavailable from error
        if not self._is_up:
            self._is_up = True
            _log.info("valkey.found")
        return answer

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose(close_connection_pool=True)
