"""The providers of the installation."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from argus.kernel.clock import Clock
from argus.kernel.outbound import Outbound
from argus.services.auth.foreign_tokens.keys import RemoteKeys
from argus.services.auth.providers.errors import ProviderNotFound
from argus.services.auth.providers.github import GitHub
from argus.services.auth.providers.identity import Authorization, Redeemed, UpstreamTokens
from argus.services.auth.providers.microsoft import Microsoft
from argus.services.auth.providers.openid import OpenIdProvider, Standard
from argus.services.auth.providers.settings import (
    GitHubProvider,
    LdapDirectory,
    MicrosoftProvider,
    OAuthProvider,
    Provider,
)


class OAuthClient(Protocol):
    """Argus as a client of one provider."""

    async def authorization_url(self, visit: Authorization) -> str:
        """Where the browser signs in."""
        ...

    async def answered(self, issuer: str | None) -> bool:
        """Whether an answer with this `iss` may be the provider's (RFC 9207)."""
        ...

    async def redeem(self, code: str, visit: Authorization) -> Redeemed:
        """Who signed in.

        Raises:
            ProviderFailed, ProviderRefused
        """
        ...

    async def refresh(self, refresh_token: str) -> UpstreamTokens:
        """New tokens; without a new refresh token the old one stays good.

        Raises:
            ProviderFailed, ProviderRefused
        """
        ...


@dataclass(frozen=True)
class Offer:
    """A way to sign in, as a page or program shows it."""

    name: str
    title: str
    takes_password: bool
    """Whether people type user name and password here, instead of visiting the provider."""


class Providers:
    """The configured providers by name."""

    def __init__(
        self,
        configured: Mapping[str, Provider],
        outbound: Outbound,
        keys: RemoteKeys,
        clock: Clock,
    ) -> None:
        self._directories = {
            name: settings
            for name, settings in configured.items()
            if isinstance(settings, LdapDirectory)
        }
        self._oauth = {
            name: (settings, _client(settings, outbound, keys, clock))
            for name, settings in configured.items()
            if not isinstance(settings, LdapDirectory)
        }
        self.offers = [
            Offer(name, settings.title or name.capitalize(), name in self._directories)
            for name, settings in configured.items()
        ]

    def oauth(self, name: str) -> tuple[OAuthProvider, OAuthClient]:
        """The provider that browsers visit.

        Raises:
            ProviderNotFound
        """
        if name not in self._oauth:
            raise ProviderNotFound
        return self._oauth[name]

    def directory(self, name: str) -> LdapDirectory:
        """The directory of that name.

        Raises:
            ProviderNotFound
        """
        if name not in self._directories:
            raise ProviderNotFound
        return self._directories[name]


def _client(
    settings: OAuthProvider, outbound: Outbound, keys: RemoteKeys, clock: Clock
) -> OAuthClient:
    if isinstance(settings, GitHubProvider):
        return GitHub(settings, outbound, clock)
    dialect = Microsoft(settings) if isinstance(settings, MicrosoftProvider) else Standard(settings)
    return OpenIdProvider(settings, dialect, outbound, keys, clock)
