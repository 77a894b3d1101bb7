"""The port through which the edges authenticate; the auth service stands behind it."""

from typing import Protocol

from argus.kernel.principal import Principal


class Authenticator(Protocol):
    """Turns a presented credential into a principal."""

    async def authenticate(self, scheme: str, credential: str, address: str) -> Principal:
        """Raises Unauthenticated for anything but a valid, live credential."""
        ...
