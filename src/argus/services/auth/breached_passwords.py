"""Whether a password is known from a breach, asked of a service that does not learn it.

The range protocol of Have I Been Pwned: five hexadecimal digits of the password's SHA-1 leave the
installation, hundreds of passwords share them (k-anonymity), and the comparison is made here.
"""

import hashlib
import unicodedata
from typing import Protocol

import structlog

from argus.kernel.errors import ArgusError
from argus.kernel.outbound import Outbound

_MAX_BYTES = 256 * 1024
_TIMEOUT_S = 2

_log = structlog.get_logger(__name__)


class BreachedPasswords(Protocol):
    """Knows passwords that became public."""

    async def contains(self, password: str) -> bool:
        """Whether the password is known. Fails open: False when that cannot be found out."""
        ...


class NoBreachedPasswords:
    """Of an installation that asks nobody: the offline list alone decides."""

    async def contains(self, password: str) -> bool:  # noqa: ARG002 - the port's signature
        """False."""
        return False


class RangeService:
    """Asks `<url>/<five digits>`, such as `https://api.pwnedpasswords.com/range`."""

    def __init__(self, outbound: Outbound, url: str) -> None:
        self._outbound, self._url = outbound, url.rstrip("/")

    async def contains(self, password: str) -> bool:
        """Whether the password is known; False, and a warning in the log, without an answer."""
        normal = unicodedata.normalize("NFKC", password).encode()
        digest = hashlib.sha1(normal, usedforsecurity=False).hexdigest().upper()
        try:
            answer = await self._outbound.request(
                "GET",
                f"{self._url}/{digest[:5]}",
                headers={"Add-Padding": "true"},  # so that the answer's size tells nothing
                max_bytes=_MAX_BYTES,
                timeout_s=_TIMEOUT_S,
            )
        except ArgusError as error:
            _log.warning("auth.breached_passwords.not_asked", code=error.code)
            return False
        if answer.status != 200:
            _log.warning("auth.breached_passwords.not_asked", status=answer.status)
            return False
        known = (line.partition(":") for line in answer.body.decode("ascii", "replace").split())
        return any(suffix.upper() == digest[5:] and times != "0" for suffix, _, times in known)
