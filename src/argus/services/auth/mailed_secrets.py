"""What mails hold to prove that their reader reads them: tokens in links, and short codes.

Both are made from the proof's id under a key derived from the master key. The database holds
nothing they could be made from, and the mail's sender makes them anew at each attempt, so that no
secret stands in an event, a job or a log.
"""

import base64
import binascii
import hmac
from uuid import UUID

from argus.kernel.crypto import Keyring
from argus.kernel.ids import MalformedId, format_id, parse_id

CODE_DIGITS = 8
_KEY = "auth.mailed-secret"
_PREFIX = "prf"


class MailedSecrets:
    """Tokens look like `prf_<id>.<43 characters>`; each is good for one purpose only."""

    def __init__(self, keyring: Keyring) -> None:
        self._current = keyring.derive(_KEY)
        self._all = list(keyring.derive_all(_KEY).values())

    def token(self, purpose: str, proof_id: UUID) -> str:
        """The token of a proof: the same at every call while the master key stays."""
        mac = _mac(self._current, purpose, proof_id)
        encoded = base64.urlsafe_b64encode(mac).rstrip(b"=").decode()
        return f"{format_id(_PREFIX, proof_id)}.{encoded}"

    def proof_of(self, purpose: str, token: str) -> UUID | None:
        """The proof's id; None unless the token was made for `purpose` under a known master key."""
        public, _, encoded = token.partition(".")
        try:
            proof_id = parse_id(_PREFIX, public)
            presented = base64.b64decode(encoded + "=", altchars=b"-_", validate=True)
        except (MalformedId, binascii.Error, ValueError):
            return None
        genuine = [
            hmac.compare_digest(_mac(key, purpose, proof_id), presented) for key in self._all
        ]
        return proof_id if any(genuine) else None

    def code(self, proof_id: UUID) -> str:
        """The proof's code, to type in."""
        return _code(self._current, proof_id)

    def is_code(self, proof_id: UUID, typed: str) -> bool:
        """Whether it is the proof's code; spaces and dashes do not matter."""
        digits = "".join(character for character in typed if character not in " -").encode()
        genuine = [hmac.compare_digest(_code(key, proof_id).encode(), digits) for key in self._all]
        return any(genuine)


def _mac(key: bytes, purpose: str, proof_id: UUID) -> bytes:
    return hmac.digest(key, purpose.encode() + b"\0" + proof_id.bytes, "sha256")


def _code(key: bytes, proof_id: UUID) -> str:
    """Uniform to within 2^-69."""
    number = int.from_bytes(_mac(key, "code", proof_id)[:12], "big")
    return f"{number % 10**CODE_DIGITS:0{CODE_DIGITS}}"
