"""Makes access tokens, for every grant."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from argus.kernel.acr import acr_of
from argus.kernel.clock import Clock
from argus.kernel.coalescing import Coalescer
from argus.kernel.ids import OrganizationId, SessionId, new_id
from argus.kernel.patience import alongside
from argus.services.auth.access_token import AccessTokenClaims, Actor, Confirmation, sign
from argus.services.auth.sessions.models import Session
from argus.services.auth.settings import AuthSettings
from argus.services.auth.signing_keys.repository import SigningKey


@dataclass(frozen=True)
class Standing:
    """What a subject is in one organization, as its tokens tell it."""

    subject: str
    """Public id of a user, a service account or an agent."""
    organization_id: OrganizationId
    roles: tuple[str, ...]
    epoch: int
    """Of revocations, read before the roles were."""


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """What a token is limited to, besides its subject's standing."""

    client_id: str
    scopes: Iterable[str] | None
    """None: not limited; Argus's own client only."""
    audience: str | None
    """Whom it is for (RFC 8707); None: this platform."""
    jkt: str | None = None
    """The key whose holder alone may use it (RFC 9449)."""
    actor: Actor | None = None
    not_after: datetime | None = None
    """It expires at the end of an access token's usual life, but not after this."""


@dataclass(frozen=True)
class MintedToken:
    """A signed access token."""

    id: UUID
    """`jti`."""
    token: str
    expires_at: datetime


class Mint:
    """Signs access tokens of RFC 9068 in this installation's name."""

    def __init__(self, clock: Clock, settings: AuthSettings, issuer: str) -> None:
        self._clock, self._settings, self._issuer = clock, settings, issuer
        self._signed = Coalescer[_Unsigned, str](_sign_all)

    @asynccontextmanager
    async def signing(self) -> AsyncGenerator[None]:
        """Tokens are signed within the block."""
        async with alongside(self._signed.run()):
            yield

    async def mint(
        self, key: SigningKey, standing: Standing, bounds: Bounds, session: Session | None
    ) -> MintedToken:
        """A token of `session`; without one, it lives until it expires or is revoked itself."""
        return await self._sign(self.claims(standing, bounds, session), key)

    def claims(
        self, standing: Standing, bounds: Bounds, session: Session | None
    ) -> AccessTokenClaims:
        """What `mint` signs."""
        return AccessTokenClaims(
            iss=self._issuer,
            sub=standing.subject,
            jti=new_id(),
            auth_time=int(session.authenticated_at.timestamp()) if session else None,
            acr=acr_of(session.strength) if session else None,
            amr=tuple(session.strength) if session else None,
            sid=SessionId(session.id) if session else None,
            org=standing.organization_id,
            roles=standing.roles,
            epoch=standing.epoch,
            **self._limits(bounds),
        )

    async def delegate(
        self, key: SigningKey, parent: AccessTokenClaims, bounds: Bounds
    ) -> MintedToken:
        """A token that speaks for whom the parent speaks, in the same session and no longer.

        It has the parent's epoch: what ends the parent ends it.
        """
        limits = self._limits(bounds)
        limits["exp"] = min(limits["exp"], parent.exp)
        claims = parent.model_copy(update={**limits, "jti": new_id(), "nbf": None})
        return await self._sign(claims, key)

    async def _sign(self, claims: AccessTokenClaims, key: SigningKey) -> MintedToken:
        """RSA takes ten times as long as ECDSA, and as anything else that is done for a token: it
        is done in a thread, in which what comes meanwhile is signed in one go.
        """
        token = None
        if key.algorithm == "RS256":
            token = await self._signed.get(_Unsigned(claims, key))
        return MintedToken(
            claims.jti, token or sign(claims, key), datetime.fromtimestamp(claims.exp, UTC)
        )

    def _limits(self, bounds: Bounds) -> dict[str, Any]:
        now = self._clock.now()
        usual = now + self._settings.access_token_life
        expires_at = min(usual, bounds.not_after) if bounds.not_after else usual
        return {
            "aud": bounds.audience or self._issuer,
            "exp": int(expires_at.timestamp()),
            "iat": int(now.timestamp()),
            "client_id": bounds.client_id,
            "scope": None if bounds.scopes is None else " ".join(sorted(bounds.scopes)),
            "act": bounds.actor,
            "cnf": Confirmation(jkt=bounds.jkt) if bounds.jkt else None,
        }


@dataclass(frozen=True, eq=False)
class _Unsigned:
    claims: AccessTokenClaims
    key: SigningKey


async def _sign_all(waiting: Sequence[_Unsigned]) -> dict[_Unsigned, str]:
    """OpenSSL releases the interpreter while it signs."""
    return await asyncio.to_thread(lambda: {each: sign(each.claims, each.key) for each in waiting})
