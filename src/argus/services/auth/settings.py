"""What an installation sets of the auth service (`ARGUS_AUTH_…`)."""

from datetime import timedelta
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from argus.services.auth.accepted_issuers.settings import AcceptedIssuer
from argus.services.auth.asserters import Asserter
from argus.services.auth.providers.settings import Provider, ProviderName

LONGEST_ACCESS_TOKEN_LIFE = timedelta(hours=1)
"""Whatever an installation sets, or had set when it issued a token."""


class AuthSettings(BaseSettings):
    """Durations are ISO 8601 (`PT10M`) or seconds."""

    model_config = SettingsConfigDict(env_prefix="ARGUS_AUTH_", frozen=True, extra="ignore")

    sign_up: Literal["open", "invited", "closed"] = "invited"
    """Who may make an account: everybody, only invited people, nobody."""
    access_token_life: timedelta = Field(
        default=timedelta(minutes=10), ge=timedelta(minutes=1), le=LONGEST_ACCESS_TOKEN_LIFE
    )
    session_life: timedelta = Field(default=timedelta(days=30), ge=timedelta(minutes=10))
    """From sign-in to the next sign-in, however often tokens are refreshed."""
    refresh_grace: timedelta = Field(default=timedelta(seconds=20), le=timedelta(minutes=1))
    """How long a used refresh token is answered with the same answer again."""
    dynamic_registration: bool = False
    """Whether clients may register themselves (RFC 7591)."""
    dpop_nonce: bool = False
    """Whether proofs of possession must have the server's nonce in them (RFC 9449 section 8)."""
    signing_algorithm: Literal["RS256", "ES256"] = "RS256"
    """Of new signing keys; the keys that exist keep theirs."""
    signing_key_life: timedelta = Field(default=timedelta(days=30), ge=timedelta(days=1))
    signing_key_ahead: timedelta = Field(default=timedelta(hours=1), ge=timedelta(minutes=15))
    """How long a new key is published before it signs; longer than verifiers cache."""
    staleness_bound: timedelta = Field(default=timedelta(minutes=1), le=timedelta(minutes=15))
    """For how long, when the database cannot be asked, the revocations known by then are trusted;
    after that nothing validates.
    """
    remembered_credentials: int = Field(default=50_000, ge=1)
    """Whose validation a process remembers; each takes a few KiB."""
    hasher_processes: int = Field(default=1, ge=1, le=64)
    """Processes that hash passwords; each uses one core and 19 MiB while it works."""
    hasher_queue: int = Field(default=32, ge=1)
    """Sign-ins that may wait for a hasher; more are refused."""
    breached_passwords_url: str = Field(default="", pattern="^(https?://.+)?$")
    """A service that speaks Have I Been Pwned's range protocol, asked about each new password:
    `https://api.pwnedpasswords.com/range`. Empty: the offline list alone decides.
    """
    api_key_prefixes: tuple[str, ...] = ("argus_sk_", "agx_")
    """Accepted prefixes; new keys get the first."""
    imported_key_prefixes: tuple[str, ...] = ("agx_",)
    """Of keys that other systems made and that were imported: they need no checksum."""
    personal_token_prefix: str = "argus_pat_"  # noqa: S105 - how tokens begin
    """Of personal access tokens."""
    api_key_life: timedelta = timedelta(days=365)
    """Of keys for which no expiry is asked."""
    providers: dict[ProviderName, Provider] = Field(default_factory=dict)
    """Systems that sign people in, by name, as JSON: `{"github": {"kind": "github", …}}`."""
    accepted_issuers: dict[ProviderName, AcceptedIssuer] = Field(default_factory=dict)
    """Issuers whose access tokens count here beside our own, by name, as JSON."""
    asserters: tuple[Asserter, ...] = ()
    """Identity providers whose identity assertions are exchanged for tokens, as JSON."""

    @property
    def key_prefixes(self) -> tuple[str, ...]:
        """All prefixes that mean an API key or personal access token."""
        return (*self.api_key_prefixes, *self.imported_key_prefixes, self.personal_token_prefix)
