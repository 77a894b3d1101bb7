"""Authorization codes: issued to a client through the browser, exchanged once (RFC 6749 4.1)."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from prometheus_client import Counter

from argus.contracts.identity.rpc import GET_USER
from argus.contracts.identity.v1 import identity_pb2
from argus.kernel.acr import acr_of
from argus.kernel.clock import Clock
from argus.kernel.db.unit_of_work import Database, UnitOfWork
from argus.kernel.ids import OrganizationId, SessionId, UserId, format_id
from argus.kernel.principal import Principal
from argus.kernel.rpc.client import Rpc
from argus.services.auth.clients.client import Client
from argus.services.auth.oauth import pkce
from argus.services.auth.oauth.claims import Profile, profile_of
from argus.services.auth.oauth.codes.models import AuthorizationCode
from argus.services.auth.oauth.codes.repository import CodeRepository
from argus.services.auth.oauth.errors import InvalidGrant
from argus.services.auth.oauth.id_token import IdTokenClaims, at_hash, sign
from argus.services.auth.resources.errors import InvalidTarget
from argus.services.auth.sessions.errors import SessionNotFound
from argus.services.auth.sessions.models import Session
from argus.services.auth.sessions.service import ClientGrant, SessionService
from argus.services.auth.settings import AuthSettings
from argus.services.auth.sha256 import sha256_of
from argus.services.auth.tokens.errors import OrganizationNotFound
from argus.services.auth.tokens.service import Authority, IssuedTokens, TokenService

LIFE = timedelta(seconds=60)
"""From the redirect to the exchange."""
EXCHANGES = Counter(
    "argus_auth_code_exchanges_total", "Exchanges of an authorization code by outcome", ["outcome"]
)


@dataclass(frozen=True, kw_only=True)
class NewCode:
    """What a code will stand for."""

    client_id: str
    user_id: UserId
    organization_id: OrganizationId
    started_by: SessionId
    redirect_uri: str | None
    """As the client sent it; None if it left it out."""
    code_challenge: str
    dpop_jkt: str | None
    scopes: tuple[str, ...]
    audience: str
    nonce: str | None
    id_token_claims: tuple[str, ...]
    """Asked for by name in the `claims` parameter."""


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """What a client presents with a code."""

    client: Client
    verifier: str
    redirect_uri: str | None
    jkt: str | None
    """The key that it proved to hold (RFC 9449)."""
    refresh_jkt: str | None
    """The key that its refresh tokens are to be bound to."""
    audience: str | None
    """Whom the token is to be for; None: as it was authorized."""


@dataclass(frozen=True)
class Exchanged:
    """What a code was exchanged for."""

    tokens: IssuedTokens
    id_token: str | None
    """With the scope `openid` only."""


class CodeService:
    """Use `exchange` outside of a begun unit of work: it asks siblings, and opens units of its own,
    because a refusal may end a session, and that must outlive the refusal.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        rpc: Rpc,
        tokens: TokenService,
        settings: AuthSettings,
        issuer: str,
    ) -> None:
        self._database, self._clock, self._rpc = database, clock, rpc
        self._tokens, self._settings, self._issuer = tokens, settings, issuer

    async def issue(self, uow: UnitOfWork, new: NewCode) -> str:
        """A code, good for `LIFE`."""
        code = f"argus_ac_{secrets.token_urlsafe(32)}"
        await CodeRepository(uow).add(
            AuthorizationCode(
                hash=sha256_of(code),
                client_id=new.client_id,
                user_id=new.user_id,
                bound_to=new.organization_id,
                started_by=new.started_by,
                redirect_uri=new.redirect_uri,
                code_challenge=new.code_challenge,
                dpop_jkt=new.dpop_jkt,
                scopes=[*new.scopes],
                audience=new.audience,
                nonce=new.nonce,
                id_token_claims=[*new.id_token_claims],
                expires_at=self._clock.now() + LIFE,
            )
        )
        return code

    async def exchange(self, presented: str, asked: Exchange, principal: Principal) -> Exchanged:
        """Tokens for a code, which is used up. A code that comes a second time ends the session
        that it was exchanged for (RFC 6749 section 4.1.2).

        Raises:
            InvalidGrant: unknown, expired, used, another client's, or not proved to be its own.
            InvalidTarget: it was given for another resource.
        """
        digest = sha256_of(presented)
        async with self._database.unit_of_work(principal) as uow:
            found = await CodeRepository(uow).get(digest)
            reused = found is not None and found[0].used_at is not None
            if reused:
                await self._end(uow, digest)
        if found is None or reused:
            EXCHANGES.labels("reused" if reused else "refused").inc()
            raise InvalidGrant
        code, starter = found
        _check(code, asked)
        try:
            authority = await self._tokens.authority(
                UserId(code.user_id), OrganizationId(code.bound_to), principal
            )
        except OrganizationNotFound:
            authority = None
        if authority is None:
            raise InvalidGrant("the person has left the organization")
        profile = await self._profile(code)
        async with self._database.unit_of_work(principal) as uow:
            issued = await self._exchange(uow, code, starter, authority, asked)
        if issued is None:
            EXCHANGES.labels("refused").inc()
            raise InvalidGrant
        EXCHANGES.labels("exchanged").inc()
        id_token = None
        if "openid" in code.scopes:
            id_token = self._id_token(code, starter, authority, issued, profile)
        return Exchanged(issued, id_token)

    async def _exchange(
        self,
        uow: UnitOfWork,
        code: AuthorizationCode,
        starter: Session,
        authority: Authority,
        asked: Exchange,
    ) -> IssuedTokens | None:
        codes = CodeRepository(uow)
        if not await codes.consume(code.hash, self._clock.now()):
            await self._end(uow, code.hash)
            return None
        grant = ClientGrant(
            client_id=code.client_id,
            scopes=frozenset(code.scopes),
            audience=code.audience,
            authenticated_at=starter.authenticated_at,
            strength=tuple(starter.strength),
            started_by=SessionId(starter.id),
            offline="offline_access" in code.scopes,
            cnf_jkt=asked.refresh_jkt,
            life=self._settings.session_life,
        )
        try:
            issued = await self._tokens.begin(uow, authority, grant, jkt=asked.jkt)
        except SessionNotFound:
            return None
        await codes.exchanged(code.hash, issued.session_id)
        return issued

    async def _end(self, uow: UnitOfWork, digest: bytes) -> None:
        """End what the code was exchanged for, if it was."""
        found = await CodeRepository(uow).get(digest)
        if found is not None and found[0].session_id is not None:
            await SessionService(uow, self._clock).end(
                UserId(found[0].user_id), SessionId(found[0].session_id), "code_reuse"
            )

    async def _profile(self, code: AuthorizationCode) -> Profile:
        """What the client asked to have in the ID token, as far as the scopes allow."""
        if not code.id_token_claims:
            return {}
        found = await self._rpc.call(
            GET_USER, identity_pb2.GetUserRequest(user_id=format_id("usr", code.user_id))
        )
        allowed = profile_of(found.user, code.scopes)
        return {name: allowed[name] for name in code.id_token_claims if name in allowed}

    def _id_token(
        self,
        code: AuthorizationCode,
        starter: Session,
        authority: Authority,
        issued: IssuedTokens,
        profile: Profile,
    ) -> str:
        now = self._clock.now()
        claims = IdTokenClaims.model_validate(
            {
                "iss": self._issuer,
                "sub": authority.user_id,
                "aud": code.client_id,
                "exp": int((now + self._settings.access_token_life).timestamp()),
                "iat": int(now.timestamp()),
                "auth_time": int(starter.authenticated_at.timestamp()),
                "nonce": code.nonce,
                "acr": acr_of(starter.strength),
                "amr": starter.strength,
                "sid": issued.session_id,
                "at_hash": at_hash(issued.access_token),
                **profile,
            }
        )
        return sign(claims, authority.key)


def _check(code: AuthorizationCode, asked: Exchange) -> None:
    """Raises InvalidGrant, InvalidTarget: the client does not prove that the code is its own, or
    wants something else for it. The code stays unused.
    """
    if asked.client.id != code.client_id:
        raise InvalidGrant
    if not asked.client.may_still_have(code.scopes, code.audience):
        raise InvalidGrant("the client may not have that any more")
    if asked.redirect_uri != code.redirect_uri:
        raise InvalidGrant("redirect_uri is not that of the authorization request")
    if not pkce.proves(asked.verifier, code.code_challenge):
        raise InvalidGrant("code_verifier does not prove the code_challenge")
    if asked.audience not in (None, code.audience):
        raise InvalidTarget("the resource was not authorized")
    if code.dpop_jkt is not None and asked.jkt != code.dpop_jkt:
        raise InvalidGrant("the code is bound to another DPoP key")
