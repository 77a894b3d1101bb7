"""Tokens of invitations: proof that their holder read the invitation's mail.

A token is the invitation's id and its HMAC-SHA-256 under a key derived from the master key. The
database holds nothing a token could be made from, and the mail's sender makes it anew at each
attempt, so that no token stands in an event, a job or a log.
"""

import base64
import binascii
import hmac
from uuid import UUID

from argus.kernel.crypto import Keyring
from argus.kernel.ids import MalformedId, format_id, parse_id

_PURPOSE = "identity.invitation-token"


class InvitationTokens:
    """Makes and verifies tokens: `inv_<id>.<43 characters>`."""

    def __init__(self, keyring: Keyring) -> None:
        self._current = keyring.derive(_PURPOSE)
        self._all = list(keyring.derive_all(_PURPOSE).values())

    def issue(self, invitation_id: UUID) -> str:
        """The token of an invitation: the same at every call while the master key stays."""
        public = format_id("inv", invitation_id)
        mac = base64.urlsafe_b64encode(_mac(self._current, public)).rstrip(b"=").decode()
        return f"{public}.{mac}"

    def verify(self, token: str) -> UUID | None:
        """The invitation's id; None unless the token was issued under a known master key."""
        public, _, encoded = token.partition(".")
        try:
            invitation_id = parse_id("inv", public)
            presented = base64.b64decode(encoded + "=", altchars=b"-_", validate=True)
        except (MalformedId, binascii.Error, ValueError):
            return None
        genuine = [hmac.compare_digest(_mac(key, public), presented) for key in self._all]
        return invitation_id if any(genuine) else None


def _mac(key: bytes, public: str) -> bytes:
    return hmac.digest(key, public.encode(), "sha256")
