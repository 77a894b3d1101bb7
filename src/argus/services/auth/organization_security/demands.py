"""What an organization demands of whoever acts in it, and whether a session fulfils it."""

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta

from argus.kernel.errors import ArgusError
from argus.services.auth.organization_security.errors import (
    AddressNotAllowed,
    EmailDomainNotAllowed,
    MfaRequired,
    SessionTooOld,
    SignInMethodNotAllowed,
)
from argus.services.auth.strength import MULTI_FACTOR


@dataclass(frozen=True)
class Demands:
    """An organization's security settings; None is not limited."""

    mfa_required: bool = False
    sign_in_methods: tuple[str, ...] | None = None
    """`password`, `passkey`, `email` (link or code), or the name of a provider."""
    email_domains: tuple[str, ...] | None = None
    session_life: timedelta | None = None
    """From sign-in to the next one."""
    session_idle: timedelta | None = None
    """From one refresh to the next."""
    address_ranges: tuple[str, ...] | None = None
    """Networks in CIDR form."""
    api_key_life: timedelta | None = None
    """From a key's creation to its end, whatever the key says."""

    def refusal_of_address(self, address: str) -> ArgusError | None:
        """Why nobody may act from this network address, or None."""
        if self.address_ranges is None or _is_within(address, self.address_ranges):
            return None
        return AddressNotAllowed()

    def refusal_of(self, entry: "Entry") -> ArgusError | None:
        """Why no token of the organization may be issued to this session, or None.

        `MfaRequired` says that nothing else is missing: the person can mend it on the spot.
        """
        if self.sign_in_methods is not None and entry.method not in self.sign_in_methods:
            return SignInMethodNotAllowed(allowed=self.sign_in_methods)
        domain = entry.email.rpartition("@")[2].lower()
        if self.email_domains is not None and domain not in self.email_domains:
            return EmailDomainNotAllowed()
        if self.session_life is not None and entry.age >= self.session_life:
            return SessionTooOld()
        if self.session_idle is not None and entry.idle >= self.session_idle:
            return SessionTooOld()
        address_refused = self.refusal_of_address(entry.address)
        if address_refused is not None:
            return address_refused
        if self.mfa_required and MULTI_FACTOR not in entry.strength:
            return MfaRequired()
        return None

    def end_of_session(self, authenticated_at: datetime, otherwise: datetime) -> datetime:
        """When a session that began then ends in this organization, at the latest."""
        if self.session_life is None:
            return otherwise
        return min(otherwise, authenticated_at + self.session_life)

    def end_of_key(self, created_at: datetime, expires_at: datetime | None) -> datetime | None:
        """When a key that was made then ends, whatever it says itself."""
        ends = [expires_at] if expires_at is not None else []
        if self.api_key_life is not None:
            ends.append(created_at + self.api_key_life)
        return min(ends, default=None)


@dataclass(frozen=True)
class Entry:
    """Somebody's session as it is about to get tokens of an organization."""

    method: str
    strength: tuple[str, ...]
    email: str
    """Verified, or empty."""
    address: str
    age: timedelta
    """Since sign-in."""
    idle: timedelta
    """Since the last refresh."""


def _is_within(address: str, ranges: tuple[str, ...]) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:  # a transport without addresses is in no network
        return False
    mapped = parsed.ipv4_mapped if parsed.version == 6 else None
    return any((mapped or parsed) in ipaddress.ip_network(each) for each in ranges)
