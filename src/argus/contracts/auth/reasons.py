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
    ADDRESS = "address"
    """Presented from a network that its organization does not allow."""
