"""The port through which the edges authenticate; the auth service stands behind it."""

from dataclasses import dataclass
from typing import Protocol

from argus.kernel.principal import Principal


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
