"""Why a credential is not active: `reason` of ValidateTokenResponse and of the REST answer."""

from enum import StrEnum


class InactiveReason(StrEnum):
    """What was wrong first; the checks are made in this order."""

    MALFORMED = "malformed"
    """Not a token or key at all: form, size, type (RFC 8725 section 3.11) or missing claims."""
    ALGORITHM = "algorithm"
    """Signed by another algorithm than its key is for (RFC 8725 section 3.1)."""
    UNKNOWN = "unknown"
    """No such key, or a credential of another organization than the caller's."""
    SIGNATURE = "signature"
    ISSUER = "issuer"
    AUDIENCE = "audience"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    REVOKED = "revoked"
    PROOF = "proof"
    """Bound to a key that the sender did not prove to hold (RFC 9449); or proved, and not bound."""
    NONCE = "nonce"
    """The proof needs the nonce that the answer tells (RFC 9449 section 9)."""
    ADDRESS = "address"
    """Presented from a network that its organization does not allow."""
    DEMANDS = "demands"
    """Another issuer's token for somebody who did not sign in as the organization demands."""
