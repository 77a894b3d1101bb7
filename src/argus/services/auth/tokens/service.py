"""Issues tokens to sessions, and exchanges refresh tokens for new ones."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from prometheus_client import Counter

from argus.contracts.identity.rpc import GET_USER, LIST_MEMBERSHIPS
from argus.contracts.identity.v1 import identity_pb2
from argus.kernel.clock import Clock
from argus.kernel.crypto import Keyring
from argus.kernel.db.unit_of_work import Database, UnitOfWork
from argus.kernel.ids import (
    OrganizationId,
    SessionId,
    UserId,
    format_id,
    new_id,
    parse_id,
)
from argus.kernel.principal import Principal
from argus.kernel.rpc.client import Rpc
from argus.kernel.schema import Value
from argus.services.auth.access_token import AccessTokenClaims, sign
from argus.services.auth.revocations.repository import Revocations
from argus.services.auth.sessions.models import Session
from argus.services.auth.sessions.service import SessionService
from argus.services.auth.settings import AuthSettings
from argus.services.auth.signing_keys.repository import SigningKey
from argus.services.auth.signing_keys.service import SigningKeys
from argus.services.auth.tokens.errors import OrganizationNotFound, RefreshTokenInvalid
from argus.services.auth.tokens.models import RefreshToken
from argus.services.auth.tokens.repository import RefreshTokenRepository

REFRESHES = Counter(
    "argus_auth_refreshes_total", "Exchanges of a refresh token by what came of them", ["outcome"]
)


@dataclass(frozen=True)
class Authority:
    """What new tokens will say: a person as a member of one organization."""

    user_id: UserId
    organization_id: OrganizationId
    roles: tuple[str, ...]
    epoch: int
    """Of revocations, read before the roles were."""
    key: SigningKey


class IssuedTokens(Value):
    """The tokens of one answer."""

    access_token: str
    access_token_expires_at: datetime
    refresh_token: str
    session_id: SessionId
    organization_id: OrganizationId
    user_id: UserId


class TokenService:
    """Tokens of sessions. Use it outside of a begun unit of work: it asks siblings, and opens
    units of its own, because a refusal may end the session, and that must outlive the refusal.
    """

    def __init__(
        self,
        database: Database,
        keyring: Keyring,
        clock: Clock,
        rpc: Rpc,
        keys: SigningKeys,
        settings: AuthSettings,
        issuer: str,
    ) -> None:
        self._database, self._keyring, self._clock, self._rpc = database, keyring, clock, rpc
        self._keys, self._settings, self._issuer = keys, settings, issuer

    async def authority(
        self, user_id: UserId, organization_id: OrganizationId | None, principal: Principal
    ) -> Authority | None:
        """The user's standing in that organization, or in their first; None for an inactive user.

        Raises:
            OrganizationNotFound: the user is no member of it.
        """
        key = await self._keys.signer()
        async with self._database.unit_of_work(principal) as uow:
            epoch = await Revocations(uow).now()
        public_id = format_id("usr", user_id)
        found = await self._rpc.call(GET_USER, identity_pb2.GetUserRequest(user_id=public_id))
        if not found.user.active:
            return None
        answer = await self._rpc.call(
            LIST_MEMBERSHIPS, identity_pb2.ListMembershipsRequest(user_id=public_id)
        )
        for membership in answer.memberships:
            member_of = OrganizationId(parse_id("org", membership.organization_id))
            if organization_id in (None, member_of):
                return Authority(user_id, member_of, tuple(membership.roles), epoch, key)
        raise OrganizationNotFound

    async def issue(
        self,
        uow: UnitOfWork,
        session: Session,
        authority: Authority,
        *,
        parent: bytes | None = None,
    ) -> IssuedTokens:
        """New tokens of the session, in the given unit of work."""
        now = self._clock.now()
        refresh_token = f"argus_rt_{secrets.token_urlsafe(32)}"
        await RefreshTokenRepository(uow).add(
            RefreshToken(
                hash=_hash(refresh_token),
                session_id=session.id,
                parent=parent,
                bound_to=authority.organization_id,
                created_at=now,
            )
        )
        expires_at = now + self._settings.access_token_life
        claims = AccessTokenClaims(
            iss=self._issuer,
            sub=authority.user_id,
            aud=self._issuer,
            exp=int(expires_at.timestamp()),
            iat=int(now.timestamp()),
            jti=str(new_id()),
            client_id=session.client_id,
            auth_time=int(session.authenticated_at.timestamp()),
            amr=tuple(session.strength),
            sid=SessionId(session.id),
            org=authority.organization_id,
            roles=authority.roles,
            epoch=authority.epoch,
        )
        return IssuedTokens(
            access_token=sign(claims, authority.key),
            access_token_expires_at=expires_at,
            refresh_token=refresh_token,
            session_id=SessionId(session.id),
            organization_id=authority.organization_id,
            user_id=authority.user_id,
        )

    async def refresh(
        self,
        presented: str,
        client_id: str,
        organization_id: OrganizationId | None,
        principal: Principal,
    ) -> IssuedTokens:
        """New tokens for a refresh token, which is used up; switches to `organization_id` if given.

        Of concurrent callers with one token, one rotates it and all get the same answer, as does
        whoever repeats the request within the grace window. A token that is used again after that
        ends its session (RFC 9700 section 4.14.2).

        Raises:
            RefreshTokenInvalid: for every reason alike.
            OrganizationNotFound: the user is no member; the token was not used up.
        """
        digest = _hash(presented)
        async with self._database.unit_of_work(principal) as uow:
            found = await RefreshTokenRepository(uow).get(digest)
        if found is None:
            REFRESHES.labels("refused").inc()
            raise RefreshTokenInvalid
        token, session = found
        authority = await self.authority(
            UserId(session.user_id), organization_id or OrganizationId(token.bound_to), principal
        )
        issued = None
        if authority is not None:
            async with self._database.unit_of_work(principal) as uow:
                issued = await self._rotate(uow, token, session, authority, client_id)
        if issued is None:
            raise RefreshTokenInvalid
        return issued

    async def _rotate(
        self,
        uow: UnitOfWork,
        token: RefreshToken,
        session: Session,
        authority: Authority,
        client_id: str,
    ) -> IssuedTokens | None:
        now = self._clock.now()
        tokens = RefreshTokenRepository(uow)
        if await tokens.consume(token.hash, client_id, now):
            issued = await self.issue(uow, session, authority, parent=token.hash)
            sealed = self._keyring.seal(issued.model_dump_json().encode(), _context(token))
            await tokens.answer(token, sealed, now)
            REFRESHES.labels("rotated").inc()
            return issued
        found = await tokens.get(token.hash)
        if found is not None:
            token, session = found
            issued = self._replay(token, session, authority, client_id, now)
            if issued is not None:
                REFRESHES.labels("replayed").inc()
                return issued
            if token.used_at is not None and now - token.used_at > self._settings.refresh_grace:
                REFRESHES.labels("reused").inc()
                await SessionService(uow, self._clock).end(
                    UserId(session.user_id), SessionId(session.id), "refresh_reuse"
                )
                return None
        REFRESHES.labels("refused").inc()
        return None

    def _replay(
        self,
        token: RefreshToken,
        session: Session,
        authority: Authority,
        client_id: str,
        now: datetime,
    ) -> IssuedTokens | None:
        """What the token was answered with, for the same client and organization, in the grace."""
        if (
            token.used_at is None
            or token.sealed_answer is None
            or now - token.used_at > self._settings.refresh_grace
            or session.revoked_at is not None
            or session.client_id != client_id
        ):
            return None
        answer = self._keyring.open(token.sealed_answer, _context(token))
        issued = IssuedTokens.model_validate_json(answer)
        return issued if issued.organization_id == authority.organization_id else None


def _hash(refresh_token: str) -> bytes:
    """What is stored of a token; 256 random bits need no slow hash."""
    return hashlib.sha256(refresh_token.encode()).digest()


def _context(token: RefreshToken) -> str:
    return f"auth.refresh_token.sealed_answer:{token.hash.hex()}"
