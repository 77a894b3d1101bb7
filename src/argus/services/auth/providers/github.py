"""GitHub as a provider. It is no OpenID provider: who signed in is asked of its REST interface."""

from typing import Any, cast

from argus.kernel.clock import Clock
from argus.kernel.outbound import Outbound
from argus.services.auth.providers.errors import ProviderFailed
from argus.services.auth.providers.http import (
    ask,
    authorization_parameters,
    read_tokens,
    with_query,
)
from argus.services.auth.providers.identity import (
    Authorization,
    Redeemed,
    UpstreamIdentity,
    UpstreamTokens,
)
from argus.services.auth.providers.settings import GitHubProvider


class GitHub:
    """People are known by GitHub's numeric id: names are changed and given to others."""

    def __init__(self, settings: GitHubProvider, outbound: Outbound, clock: Clock) -> None:
        self._settings, self._outbound, self._clock = settings, outbound, clock

    async def authorization_url(self, visit: Authorization) -> str:
        """Where the browser signs in."""
        return with_query(
            f"{self._settings.url}/login/oauth/authorize",
            authorization_parameters(self._settings.client_id, self._settings.scopes, visit),
        )

    async def answered(self, issuer: str | None) -> bool:
        """GitHub does not say who answers."""
        return issuer is None

    async def redeem(self, code: str, visit: Authorization) -> Redeemed:
        """Who signed in.

        Raises:
            ProviderFailed, ProviderRefused
        """
        tokens = await self._tokens(
            code=code, redirect_uri=visit.redirect_uri, code_verifier=visit.verifier
        )
        user = await self._get("/user", tokens)
        if not isinstance(user, dict):
            raise ProviderFailed
        person = cast("dict[str, Any]", user)
        number = person.get("id")
        if not isinstance(number, int) or isinstance(number, bool):
            raise ProviderFailed
        # The profile's address is whatever its owner shows; only this list tells what is verified.
        email, verified = _primary(await self._get("/user/emails", tokens))
        name = person.get("name") or person.get("login")
        identity = UpstreamIdentity(
            issuer=self._settings.url,
            subject=str(number),
            email=email,
            email_verified=verified,
            name=name if isinstance(name, str) else "",
        )
        return Redeemed(identity, tokens)

    async def refresh(self, refresh_token: str) -> UpstreamTokens:
        """New tokens, where GitHub lets tokens expire.

        Raises:
            ProviderFailed, ProviderRefused
        """
        return await self._tokens(grant_type="refresh_token", refresh_token=refresh_token)

    async def _tokens(self, **parameters: str) -> UpstreamTokens:
        told = await ask(
            self._outbound,
            "POST",
            f"{self._settings.url}/login/oauth/access_token",
            form={
                "client_id": self._settings.client_id,
                "client_secret": self._settings.client_secret.get_secret_value(),
                **parameters,
            },
        )
        return read_tokens(told, self._settings.scopes, self._clock)

    async def _get(self, path: str, tokens: UpstreamTokens) -> Any:
        return await ask(
            self._outbound,
            "GET",
            f"{self._settings.api_url}{path}",
            authorization=f"Bearer {tokens.access_token}",
        )


def _primary(emails: object) -> tuple[str, bool]:
    """The primary address, and whether GitHub has verified it."""
    for entry in cast("list[object]", emails) if isinstance(emails, list) else []:
        listed = cast("dict[str, Any]", entry) if isinstance(entry, dict) else {}
        if listed.get("primary") is True and isinstance(listed.get("email"), str):
            return listed["email"], listed.get("verified") is True
    return "", False
