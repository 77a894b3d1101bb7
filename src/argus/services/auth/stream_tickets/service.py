"""Makes and redeems tickets for streams.

A ticket is the credential of who asked for it, sealed together with the path of one stream. It
says nothing to who reads it in an address, is good once among all replicas, for 30 seconds, and
the credential is validated as always when the ticket is used: who was signed out meanwhile stays
out.
"""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson

from argus.kernel.clock import Clock
from argus.kernel.crypto import Keyring, UnsealFailed
from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.errors import Unauthenticated
from argus.kernel.ids import new_id
from argus.services.auth.used_proofs.repository import UsedProofs

LIFE = timedelta(seconds=30)
_PURPOSE = "stream-ticket"


@dataclass(frozen=True)
class IssuedTicket:
    """A ticket, shown once."""

    ticket: str
    expires_at: datetime


class StreamTicketService:
    """Tickets of one unit of work."""

    def __init__(self, uow: UnitOfWork, keyring: Keyring, clock: Clock) -> None:
        self._used, self._keyring, self._clock = UsedProofs(uow), keyring, clock

    def issue(self, scheme: str, credential: str, path: str) -> IssuedTicket:
        """A ticket to open `path` with this credential."""
        expires_at = self._clock.now() + LIFE
        content = [new_id().hex, scheme, credential, expires_at.isoformat()]
        sealed = self._keyring.seal(orjson.dumps(content), _context(path))
        return IssuedTicket(base64.urlsafe_b64encode(sealed).decode().rstrip("="), expires_at)

    async def redeem(self, ticket: str, path: str) -> tuple[str, str]:
        """Scheme and credential behind the ticket, which is used up by that.

        Raises:
            Unauthenticated: forged, for another path, too old, or used; all alike.
        """
        try:
            sealed = base64.urlsafe_b64decode(ticket + "=" * (-len(ticket) % 4))
            content = orjson.loads(self._keyring.open(sealed, _context(path)))
        except (UnsealFailed, ValueError, binascii.Error):
            raise Unauthenticated("the ticket is not valid") from None
        ticket_id, scheme, credential, expires = content
        expires_at = datetime.fromisoformat(expires)
        if expires_at <= self._clock.now() or not await self._used.use(
            _PURPOSE, "", ticket_id, expires_at
        ):
            raise Unauthenticated("the ticket is not valid")
        return scheme, credential


def _context(path: str) -> str:
    return f"{_PURPOSE}:{path}"
