"""What a token is, for those whose business it is (RFC 7662)."""

from argus.contracts.auth.reasons import InactiveReason
from argus.kernel.clock import Clock
from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.ids import OrganizationId, format_id
from argus.services.auth.access_token import AccessTokenClaims, AccessTokenVerifier
from argus.services.auth.clients.client import Client
from argus.services.auth.oauth.introspection.schemas import Introspection
from argus.services.auth.resources.registry import ResourceRegistry
from argus.services.auth.revocations.repository import Revocations
from argus.services.auth.sessions.models import Session
from argus.services.auth.sha256 import sha256_of
from argus.services.auth.tokens.models import RefreshToken
from argus.services.auth.tokens.repository import RefreshTokenRepository

INACTIVE = Introspection(active=False)
"""For whatever reason: what is wrong with a token is told to nobody here."""


class Introspector:
    """Tells of access and refresh tokens. A token's client may ask of it; of an access token also
    the clients of the organization whose resource it is for.
    """

    def __init__(
        self, verifier: AccessTokenVerifier, resources: ResourceRegistry, clock: Clock, issuer: str
    ) -> None:
        self._verifier, self._resources = verifier, resources
        self._clock, self._issuer = clock, issuer

    async def introspect(self, uow: UnitOfWork, token: str, asker: Client) -> Introspection:
        """What the token is now; use it in a unit that has not begun. Of any kind, so no hint is
        needed.
        """
        claims = await self._verifier.read(token)
        if isinstance(claims, InactiveReason):
            return await self._of_refresh_token(uow, token, asker)
        if not await self._concerns(claims, asker):
            return INACTIVE
        if await Revocations(uow).revoked_after(claims.epoch, claims.revocable, claims.org):
            return INACTIVE
        return Introspection(
            active=True,
            scope=claims.scope,
            client_id=claims.client_id,
            token_type="DPoP" if claims.cnf else "Bearer",
            exp=claims.exp,
            iat=claims.iat,
            sub=claims.sub,
            aud=claims.aud,
            iss=claims.iss,
            jti=str(claims.jti),
            org=claims.org,
            act=claims.act,
            cnf=claims.cnf,
            auth_time=claims.auth_time,
            acr=claims.acr,
            amr=claims.amr,
        )

    async def _concerns(self, claims: AccessTokenClaims, asker: Client) -> bool:
        if claims.client_id == asker.id:
            return True
        if asker.organization_id is None:
            return False
        resource = await self._resources.find(claims.aud)
        return resource is not None and resource.organization_id == asker.organization_id

    async def _of_refresh_token(self, uow: UnitOfWork, token: str, asker: Client) -> Introspection:
        digest = sha256_of(token)
        found = (await RefreshTokenRepository(uow).list_with_sessions([digest])).get(digest)
        if found is None or not self._is_live(*found) or found[1].client_id != asker.id:
            return INACTIVE
        refresh_token, session = found
        return Introspection(
            active=True,
            scope=" ".join(session.scopes or ()) or None,
            client_id=session.client_id,
            exp=int(session.expires_at.timestamp()),
            iat=int(refresh_token.created_at.timestamp()),
            sub=format_id("usr", session.user_id),
            aud=session.audience or self._issuer,
            iss=self._issuer,
            org=OrganizationId(refresh_token.bound_to),
        )

    def _is_live(self, token: RefreshToken, session: Session) -> bool:
        is_over = session.revoked_at is not None or session.expires_at <= self._clock.now()
        return token.used_at is None and not is_over
