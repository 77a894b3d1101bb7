"""How strongly somebody was authenticated: authentication methods references (RFC 8176)."""

from collections.abc import Iterable

MULTI_FACTOR = "mfa"
"""More than one factor was proven; also by one passkey that verified its user."""


def with_second_factor(first: Iterable[str], second: Iterable[str]) -> tuple[str, ...]:
    """What two factors come to together."""
    return tuple(dict.fromkeys((*first, *second, MULTI_FACTOR)))
