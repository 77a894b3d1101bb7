"""The port through which the edges authenticate; the auth service stands behind it."""

import asyncio
import time
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from argus.kernel.errors import ArgusError
from argus.kernel.principal import Principal

FAILED_AUTHENTICATION_S = 0.1
"""What a failed authentication costs its sender; the wait holds no worker."""

T = TypeVar("T")


async def failing_slowly(attempt: Awaitable[T]) -> T:
    """What `attempt` comes to; where it is a failed authentication, no sooner than after
    `FAILED_AUTHENTICATION_S`.
    """
    started = time.monotonic()
    try:
        return await attempt
    except ArgusError as error:
        if error.status == 401:
            await asyncio.sleep(FAILED_AUTHENTICATION_S - (time.monotonic() - started))
        raise


@dataclass(frozen=True)
class PossessionProof:
    """What came along with an access token of the scheme DPoP (RFC 9449 section 7.1)."""

    jwt: str
    """The `DPoP` header; empty if there was none."""
    method: str
    url: str
    """Of the request, as the client sees it; without the query."""


class Authenticator(Protocol):
    """Turns a presented credential into a principal."""

    async def authenticate(
        self, scheme: str, credential: str, address: str, proof: PossessionProof | None = None
    ) -> Principal:
        """Raises Unauthenticated for anything but a valid, live credential.

        `proof` belongs to the scheme DPoP, and to no other.
        """
        ...

    def recall(self, credential: str, address: str) -> Principal | None:
        """What `authenticate` would answer without a proof, if that takes no waiting."""
        ...
