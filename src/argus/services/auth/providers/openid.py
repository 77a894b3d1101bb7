"""OpenID providers: discovery, the authorization code flow with PKCE, and ID tokens."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, cast

import structlog

from argus.contracts.auth.reasons import InactiveReason
from argus.kernel.clock import Clock
from argus.kernel.outbound import Outbound
from argus.services.auth.foreign_tokens.keys import RemoteKey, RemoteKeys
from argus.services.auth.foreign_tokens.verification import verify
from argus.services.auth.providers.errors import ProviderFailed
from argus.services.auth.providers.http import (
    ask,
    authorization_parameters,
    basic,
    read_tokens,
    with_query,
)
from argus.services.auth.providers.id_token import check_id_token
from argus.services.auth.providers.identity import (
    Authorization,
    Redeemed,
    UpstreamIdentity,
    UpstreamTokens,
)
from argus.services.auth.providers.settings import MicrosoftProvider, OidcProvider

METADATA_LIFE = timedelta(hours=1)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Metadata:
    """What a provider publishes of itself (OpenID Connect Discovery section 3)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    secret_in_form: bool
    """Whether the client's secret goes into the form, because no header is taken."""
    names_itself: bool
    """Whether its answers say who answers (RFC 9207)."""


class Dialect(Protocol):
    """What differs between an OpenID provider that follows the standard and one that does not."""

    location: str
    """Address below which the metadata are."""
    published_issuer: str
    """What they must say who they are of."""

    def issuer_of(self, claims: Mapping[str, Any], key: RemoteKey, /) -> str | None:
        """Whose an ID token that was signed with `key` must say it is; None if nobody's."""
        ...

    def identity(self, issuer: str, claims: Mapping[str, Any]) -> UpstreamIdentity | None:
        """The person that the token tells of; None if it tells of none."""
        ...


class OpenIdProvider:
    """One provider. Its metadata are read when they are first needed, then once an hour."""

    def __init__(
        self,
        settings: OidcProvider | MicrosoftProvider,
        dialect: Dialect,
        outbound: Outbound,
        keys: RemoteKeys,
        clock: Clock,
    ) -> None:
        self._settings, self._dialect = settings, dialect
        self._outbound, self._keys, self._clock = outbound, keys, clock
        self._metadata: tuple[Metadata, datetime] | None = None

    async def authorization_url(self, visit: Authorization) -> str:
        """Where the browser signs in.

        Raises:
            ProviderFailed
        """
        metadata = await self._discovered()
        parameters = authorization_parameters(
            self._settings.client_id, self._settings.scopes, visit
        )
        return with_query(metadata.authorization_endpoint, {**parameters, "nonce": visit.nonce})

    async def answered(self, issuer: str | None) -> bool:
        """Whether an answer with this `iss` may be the provider's (RFC 9207 section 2.4).

        Raises:
            ProviderFailed
        """
        metadata = await self._discovered()
        return issuer == metadata.issuer or (issuer is None and not metadata.names_itself)

    async def redeem(self, code: str, visit: Authorization) -> Redeemed:
        """Who signed in.

        Raises:
            ProviderFailed, ProviderRefused
        """
        metadata = await self._discovered()
        told = await self._ask_for_tokens(
            metadata,
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": visit.redirect_uri,
                "code_verifier": visit.verifier,
            },
        )
        tokens = read_tokens(told, self._settings.scopes, self._clock)
        issuer, claims = await self._claims(metadata, cast("dict[str, Any]", told), visit.nonce)
        if "email" not in claims and metadata.userinfo_endpoint is not None:
            claims = {**await self._userinfo(metadata.userinfo_endpoint, tokens, claims), **claims}
        identity = self._dialect.identity(issuer, claims)
        if identity is None:
            raise ProviderFailed
        return Redeemed(identity, tokens)

    async def refresh(self, refresh_token: str) -> UpstreamTokens:
        """New tokens; with a new refresh token, or the old one stays good.

        Raises:
            ProviderFailed, ProviderRefused
        """
        told = await self._ask_for_tokens(
            await self._discovered(),
            {"grant_type": "refresh_token", "refresh_token": refresh_token},
        )
        return read_tokens(told, self._settings.scopes, self._clock)

    async def _ask_for_tokens(self, metadata: Metadata, form: dict[str, str]) -> object:
        client_id = self._settings.client_id
        secret = self._settings.client_secret.get_secret_value()
        if metadata.secret_in_form:
            form = {**form, "client_id": client_id, "client_secret": secret}
        return await ask(
            self._outbound,
            "POST",
            metadata.token_endpoint,
            form=form,
            authorization="" if metadata.secret_in_form else basic(client_id, secret),
        )

    async def _claims(
        self, metadata: Metadata, told: dict[str, Any], nonce: str
    ) -> tuple[str, dict[str, Any]]:
        """Whose the ID token is, and what it says."""
        id_token = told.get("id_token")
        if not isinstance(id_token, str):
            raise ProviderFailed
        token = await verify(id_token, self._keys, metadata.jwks_uri)
        if isinstance(token, InactiveReason):
            _log.warning("auth.provider.id_token", issuer=metadata.issuer, why=token.value)
            raise ProviderFailed
        issuer = self._dialect.issuer_of(token.claims, token.key)
        why = check_id_token(token, issuer, self._settings.client_id, nonce, self._clock.now())
        if issuer is None or why is not None:
            _log.warning("auth.provider.id_token", issuer=metadata.issuer, why=why)
            raise ProviderFailed
        return issuer, token.claims

    async def _userinfo(
        self, endpoint: str, tokens: UpstreamTokens, claims: Mapping[str, Any]
    ) -> dict[str, Any]:
        told = await ask(
            self._outbound, "GET", endpoint, authorization=f"Bearer {tokens.access_token}"
        )
        # OpenID Connect Core section 5.3.2: otherwise it may be of somebody else.
        if not isinstance(told, dict):
            raise ProviderFailed
        info = cast("dict[str, Any]", told)
        if info.get("sub") != claims["sub"]:
            raise ProviderFailed
        return info

    async def _discovered(self) -> Metadata:
        if self._metadata is not None and self._metadata[1] > self._clock.now():
            return self._metadata[0]
        address = f"{self._dialect.location.rstrip('/')}/.well-known/openid-configuration"
        metadata = _read_metadata(await ask(self._outbound, "GET", address))
        if metadata.issuer != self._dialect.published_issuer:
            _log.warning("auth.provider.metadata", address=address, issuer=metadata.issuer)
            raise ProviderFailed
        self._metadata = (metadata, self._clock.now() + METADATA_LIFE)
        return metadata


class Standard:
    """OpenID Connect as it is written."""

    def __init__(self, settings: OidcProvider) -> None:
        self.location = self.published_issuer = settings.issuer

    def issuer_of(self, _claims: Mapping[str, Any], _key: RemoteKey, /) -> str | None:
        return self.published_issuer

    def identity(self, issuer: str, claims: Mapping[str, Any]) -> UpstreamIdentity | None:
        return UpstreamIdentity(
            issuer=issuer,
            subject=claims["sub"],
            email=_text(claims, "email"),
            email_verified=claims.get("email_verified") is True,
            name=_text(claims, "name"),
        )


def _read_metadata(told: object) -> Metadata:
    document = cast("dict[str, Any]", told) if isinstance(told, dict) else {}
    required = [
        _text(document, name)
        for name in ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")
    ]
    if not all(required):
        raise ProviderFailed
    issuer, authorization_endpoint, token_endpoint, jwks_uri = required
    methods = document.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    return Metadata(
        issuer=issuer,
        authorization_endpoint=authorization_endpoint,
        token_endpoint=token_endpoint,
        jwks_uri=jwks_uri,
        userinfo_endpoint=_text(document, "userinfo_endpoint") or None,
        secret_in_form="client_secret_basic" not in methods,
        names_itself=document.get("authorization_response_iss_parameter_supported") is True,
    )


def _text(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    return value if isinstance(value, str) else ""
