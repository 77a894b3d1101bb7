"""Tickets with which an authorization request comes back from the sign-in page.

A client may demand that the person signs in anew (`prompt=login`, `max_age`). When the request
comes back it must be told whether that has happened, or the person would be sent to sign in for
ever. The ticket says when the request was here first, and belongs to this very request, so that
nobody can add one to a request of their own making.
"""

import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlencode

from argus.kernel.crypto import Keyring

PARAMETER = "signed_in_after"
LIFE = timedelta(hours=1)
"""Time to sign in, sign up or set a new password; then the request counts as a new one, or who
finds its address later would be let through by a sign-in of long ago.
"""

Pairs = Sequence[tuple[str, str]]


class ReturnTickets:
    """Adds tickets to requests, and reads them."""

    def __init__(self, keyring: Keyring) -> None:
        self._secret = keyring.derive("authorization-requests")

    def add(self, pairs: Pairs, now: datetime) -> list[tuple[str, str]]:
        """The request with a ticket that says `now`."""
        at = now.isoformat()
        return [*pairs, (PARAMETER, f"{at} {self._mac(pairs, at)}")]

    def read(self, pairs: Pairs, now: datetime) -> datetime | None:
        """When this request was here first; None without a genuine ticket of the past `LIFE`."""
        if not pairs or pairs[-1][0] != PARAMETER:
            return None
        at, _, mac = pairs[-1][1].partition(" ")
        genuine = hmac.compare_digest(mac.encode(), self._mac(pairs[:-1], at).encode())
        if not genuine or now - (first := datetime.fromisoformat(at)) > LIFE:
            return None
        return first

    def _mac(self, pairs: Pairs, at: str) -> str:
        return hmac.new(self._secret, f"{at}\n{urlencode(pairs)}".encode(), "sha256").hexdigest()
