"""How a service says who it is and whose credentials it accepts."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from argus_client.credentials import ApiKey, ClientSecret, Credentials, PrivateKey
from argus_client.errors import ConfigurationError

LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """A service's relation to Argus. `from_environment` is the usual way to make one."""

    url: str
    """Where Argus is reached, such as `https://argus.example.com`."""
    credentials: Credentials
    """Of the service itself. They need the permission `token:validate`; `usage:record` and
    `entitlement:check` for what these are about.
    """
    issuer: str = ""
    """Argus's public address, where it is another than `url`."""
    audience: str = ""
    """Whom tokens must be for: your resource's identifier. Empty: Argus itself."""
    service: str = "argus-client"
    """The source of the usage that it records: your service's name."""
    staleness_bound: timedelta = timedelta(seconds=60)
    """How long a picture of revocations is trusted after the feed has fallen silent."""
    when_stale: Literal["refuse", "ask"] = "refuse"
    """After that: refuse all tokens, or ask Argus about each."""
    cached_tokens: int = 50_000
    """Verified credentials that are remembered, about 2 KB each."""
    buffered_usage: int = 10_000
    """Usage events that may wait to be sent."""

    def __post_init__(self) -> None:
        """Refuse what cannot work, or would send credentials in clear.

        Raises:
            ConfigurationError
        """
        object.__setattr__(self, "url", self.url.rstrip("/"))
        object.__setattr__(self, "issuer", self.issuer.rstrip("/") or self.url)
        object.__setattr__(self, "audience", self.audience or self.issuer)
        check_address(self.url)
        if self.staleness_bound < timedelta(seconds=5):
            raise ConfigurationError(
                "the staleness bound is below 5 s: a lost connection needs that long to be noticed"
            )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """Settings of the variables `ARGUS_URL`, `ARGUS_AUDIENCE`, `ARGUS_ISSUER`,
        `ARGUS_SERVICE`; and either `ARGUS_CLIENT_ID` with `ARGUS_CLIENT_SECRET` or
        `ARGUS_CLIENT_KEY_FILE`, or `ARGUS_API_KEY`.

        Raises:
            ConfigurationError: names all that are missing.
        """
        given = os.environ if environment is None else environment
        credentials = _credentials(given)
        missing = [] if given.get("ARGUS_URL") else ["ARGUS_URL: the address of Argus"]
        if credentials is None:
            missing.append(
                "ARGUS_CLIENT_ID and ARGUS_CLIENT_SECRET (or ARGUS_CLIENT_KEY_FILE),"
                " or ARGUS_API_KEY: the credentials of this service"
            )
        if missing or credentials is None:
            raise ConfigurationError("set " + "; ".join(missing))
        return cls(
            url=given["ARGUS_URL"],
            credentials=credentials,
            issuer=given.get("ARGUS_ISSUER", ""),
            audience=given.get("ARGUS_AUDIENCE", ""),
            service=given.get("ARGUS_SERVICE", "argus-client"),
        )


def check_address(url: str) -> None:
    """Refuse an address to which no secret may be sent.

    Raises:
        ConfigurationError
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigurationError(f"the address {url!r} is none: use https://<host of Argus>")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise ConfigurationError(f"{url} would send credentials in clear: use https")


def _credentials(given: Mapping[str, str]) -> Credentials | None:
    client_id, secret = given.get("ARGUS_CLIENT_ID"), given.get("ARGUS_CLIENT_SECRET")
    key_file, api_key = given.get("ARGUS_CLIENT_KEY_FILE"), given.get("ARGUS_API_KEY")
    if client_id and secret:
        return ClientSecret(client_id, secret)
    if client_id and key_file:
        try:
            return PrivateKey(client_id, Path(key_file).read_bytes())
        except OSError as error:
            raise ConfigurationError(f"ARGUS_CLIENT_KEY_FILE: {error}") from None
    return ApiKey(api_key) if api_key else None
