"""What a provider says of a person who signed in there."""

from dataclasses import dataclass
from datetime import datetime

from argus.kernel.schema import Value


@dataclass(frozen=True)
class UpstreamIdentity:
    """A person as a provider knows them. `issuer` and `subject` together name them for good; an
    address does not.
    """

    issuer: str
    subject: str
    email: str
    """Empty if there is none."""
    email_verified: bool
    name: str


class UpstreamTokens(Value):
    """A provider's tokens for a person, as they are sealed."""

    access_token: str
    refresh_token: str | None
    expires_at: datetime | None
    """None: the provider does not say."""
    scopes: tuple[str, ...]


@dataclass(frozen=True)
class Authorization:
    """One visit of a browser to a provider, as both ends of it are checked."""

    state: str
    nonce: str
    verifier: str
    """PKCE (RFC 7636)."""
    redirect_uri: str


@dataclass(frozen=True)
class Redeemed:
    """What an authorization code was worth."""

    identity: UpstreamIdentity
    tokens: UpstreamTokens
