"""Issues tokens to sessions, and exchanges refresh tokens for new ones."""

import secrets
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from prometheus_client import Counter

from argus.contracts.identity.rpc import LIST_MEMBERSHIPS
from argus.contracts.identity.v1 import identity_pb2
from argus.kernel.crypto import Keyring
from argus.kernel.db.unit_of_work import Database, UnitOfWork
from argus.kernel.errors import ArgusError
from argus.kernel.ids import OrganizationId, SessionId, UserId, format_id, parse_id
from argus.kernel.principal import Principal
from argus.kernel.rpc.client import Rpc
from argus.kernel.schema import Value
from argus.services.auth.organization_security.demands import Demands, Entry
from argus.services.auth.organization_security.service import OrganizationSecurity
from argus.services.auth.revocations.feed import RevocationFeed
from argus.services.auth.revocations.memory import Memory
from argus.services.auth.revocations.picture import keys_of
from argus.services.auth.revocations.repository import Revocations, touched
from argus.services.auth.sessions.errors import SessionNotFound
from argus.services.auth.sessions.models import Session
from argus.services.auth.sessions.repository import SessionRepository
from argus.services.auth.sessions.service import ClientGrant, SessionService
from argus.services.auth.settings import AuthSettings
from argus.services.auth.sha256 import sha256_of
from argus.services.auth.signing_keys.repository import SigningKey
from argus.services.auth.signing_keys.service import SigningKeys
from argus.services.auth.tokens.errors import (
    AudienceNotGranted,
    OrganizationNotFound,
    RefreshTokenInvalid,
    ScopeNotGranted,
)
from argus.services.auth.tokens.minting import Bounds, Mint, MintedToken, Standing
from argus.services.auth.tokens.models import RefreshToken
from argus.services.auth.tokens.repository import RefreshTokenRepository, Rotation
from argus.services.auth.tokens.rotations import Rotations

REFRESHES = Counter(
    "argus_auth_refreshes_total", "Exchanges of a refresh token by what came of them", ["outcome"]
)

_REMEMBERED = timedelta(hours=1)
_MOST_REMEMBERED = 100_000


@dataclass(frozen=True)
class Authority:
    """What new tokens will say: a person as a member of one organization."""

    user_id: UserId
    organization_id: OrganizationId
    roles: tuple[str, ...]
    epoch: int
    """Of revocations, read before the roles were."""
    key: SigningKey
    email: str
    """Verified, or empty."""

    @property
    def standing(self) -> Standing:
        return Standing(
            format_id("usr", self.user_id), self.organization_id, self.roles, self.epoch
        )


@dataclass(frozen=True, kw_only=True)
class Refresh:
    """What a client asks of a refresh token, besides new tokens."""

    client_id: str
    organization_id: OrganizationId | None = None
    """The organization to switch to; None: the same one."""
    scopes: frozenset[str] | None = None
    """None: as granted. They limit the access token, not the refresh token (RFC 6749 section 6)."""
    audience: str | None = None
    """As registered; None: as granted."""
    jkt: str | None = None
    """The key that the client proved to hold (RFC 9449)."""


class IssuedTokens(Value):
    """The tokens of one answer."""

    access_token: str
    access_token_expires_at: datetime
    refresh_token: str
    session_id: SessionId
    organization_id: OrganizationId
    user_id: UserId
    client_id: str
    scopes: tuple[str, ...] | None
    """Of the access token, sorted; None: not limited."""
    audience: str | None
    """None: this platform."""
    jkt: str | None
    """The key that the access token is bound to."""


class TokenService:
    """Tokens of sessions. Use it outside of a begun unit of work: it asks siblings, and opens
    units of its own, because a refusal may end the session, and that must outlive the refusal.
    """

    def __init__(
        self,
        database: Database,
        keyring: Keyring,
        rpc: Rpc,
        keys: SigningKeys,
        settings: AuthSettings,
        mint: Mint,
        security: OrganizationSecurity,
        feed: RevocationFeed,
    ) -> None:
        self._database, self._clock = database, database.clock
        self._keyring, self._rpc = keyring, rpc
        self._keys, self._settings, self._mint = keys, settings, mint
        self._security, self._rotations = security, Rotations(database)
        self._feed = feed
        self._authorities = Memory[tuple[UserId, OrganizationId], Authority](
            feed, database.clock, _MOST_REMEMBERED
        )

    def refreshing(self) -> AbstractAsyncContextManager[None]:
        """Refresh tokens are exchanged within the block."""
        return self._rotations.running()

    async def authority(
        self,
        user_id: UserId,
        organization_id: OrganizationId | None,
        principal: Principal,
        *,
        epoch: int | None = None,
    ) -> Authority | None:
        """The user's standing in that organization, or in their first; None for an inactive user.

        `epoch` is for callers that have read it (`Revocations.now`) along with something else.

        Raises:
            OrganizationNotFound: no member of it, or nobody at all: the two cannot be told apart.
        """
        key = await self._keys.signer()
        if epoch is None:
            async with self._database.unit_of_work(principal) as uow:
                epoch = await Revocations(uow).now()
        found = await self._rpc.call(
            LIST_MEMBERSHIPS,
            identity_pb2.ListMembershipsRequest(user_id=format_id("usr", user_id)),
        )
        if found.HasField("user") and not found.user.active:
            return None
        for membership in found.memberships:
            member_of = OrganizationId(parse_id("org", membership.organization_id))
            if organization_id in (None, member_of):
                email = found.user.email if found.user.email_verified else ""
                return Authority(user_id, member_of, tuple(membership.roles), epoch, key, email)
        raise OrganizationNotFound

    async def begin(
        self, uow: UnitOfWork, authority: Authority, grant: ClientGrant, *, jkt: str | None = None
    ) -> IssuedTokens:
        """A new session of a client that a person let in, and its tokens, in the given unit.

        `authority` is asked for before, outside of the unit. `jkt` is the key that the client
        proved to hold: the access token is bound to it.

        Raises:
            SessionNotFound: the session that is to start it has ended.
        """
        session = await SessionService(uow, self._clock).begin_for_client(authority.user_id, grant)
        return await self.issue(uow, session, authority, jkt=jkt)

    async def issue(
        self,
        uow: UnitOfWork,
        session: Session,
        authority: Authority,
        *,
        scopes: frozenset[str] | None = None,
        jkt: str | None = None,
    ) -> IssuedTokens:
        """New tokens of the session, in the given unit; `scopes` narrow what it was granted.

        Raises:
            MfaRequired, SignInMethodNotAllowed, EmailDomainNotAllowed, AddressNotAllowed,
            SessionTooOld: the session does not fulfil what the organization demands.
        """
        minted = await self.mint(uow, session, authority, scopes=scopes, jkt=jkt)
        issued = _issued(minted, session, authority, scopes, jkt)
        await RefreshTokenRepository(uow).add(
            RefreshToken(
                hash=sha256_of(issued.refresh_token),
                session_id=session.id,
                bound_to=authority.organization_id,
                created_at=self._clock.now(),
            )
        )
        return issued

    async def mint(
        self,
        uow: UnitOfWork,
        session: Session,
        authority: Authority,
        *,
        scopes: frozenset[str] | None = None,
        jkt: str | None = None,
    ) -> MintedToken:
        """A new access token of the session alone; it ends when the organization ends sessions.

        Raises:
            ArgusError: what the organization demands of a session, as in `issue`.
        """
        demands = await self._security.of(uow, authority.organization_id)
        address = uow.principal.address
        return await self._minted(session, authority, demands, address, scopes=scopes, jkt=jkt)

    async def _minted(
        self,
        session: Session,
        authority: Authority,
        demands: Demands,
        address: str,
        *,
        scopes: frozenset[str] | None,
        jkt: str | None,
    ) -> MintedToken:
        refusal = demands.refusal_of(_entry(session, authority, address, self._clock.now()))
        if refusal is not None:
            raise refusal
        bounds = Bounds(
            client_id=session.client_id,
            scopes=_granted(session, scopes),
            audience=session.audience,
            jkt=jkt,
            not_after=demands.end_of_session(session.authenticated_at, session.expires_at),
        )
        return await self._mint.mint(authority.key, authority.standing, bounds, session)

    async def refusal(
        self,
        session_id: SessionId,
        user_id: UserId,
        organization_id: OrganizationId,
        principal: Principal,
    ) -> ArgusError | None:
        """Why the person's session would get no token of the organization now, or None.

        Raises:
            OrganizationNotFound: the user is no member of it.
        """
        authority = await self.authority(user_id, organization_id, principal)
        async with self._database.unit_of_work(principal) as uow:
            session = await SessionRepository(uow).find(session_id)
            demands = await self._security.of(uow, organization_id)
        if authority is None or session is None:
            return SessionNotFound()
        return demands.refusal_of(_entry(session, authority, principal.address, self._clock.now()))

    async def refresh(self, presented: str, asked: Refresh, principal: Principal) -> IssuedTokens:
        """New tokens for a refresh token, which is used up.

        Of concurrent callers with one token, one rotates it and all get the same answer, as does
        whoever repeats the request within the grace window. A token that is used again after that
        ends its session (RFC 9700 section 4.14.2).

        Raises:
            RefreshTokenInvalid: for every reason alike: unknown, ended, used, another client's,
                another key's.
            ScopeNotGranted, AudienceNotGranted: more than was granted; the token was not used up.
            OrganizationNotFound: the user is no member, or let the client in for another one; the
                token was not used up.
            ArgusError: what the organization demands of a session, as in `issue`; likewise.
        """
        found = await self._rotations.find(sha256_of(presented))
        if found is None:
            REFRESHES.labels("refused").inc()
            raise RefreshTokenInvalid
        token, session = found
        _check_within(session, token, asked)
        user_id = UserId(session.user_id)
        organization_id = asked.organization_id or OrganizationId(token.bound_to)
        authority = await self._remembered_authority(user_id, organization_id, principal)
        if authority is None:
            raise RefreshTokenInvalid
        issued = None
        if token.used_at is None:
            issued = await self._rotate(token, session, authority, asked, principal)
        if issued is None:
            async with self._database.unit_of_work(principal) as uow:
                issued = await self._repeat(uow, token.hash, authority, asked)
        if issued is None:
            raise RefreshTokenInvalid
        return issued

    async def _remembered_authority(
        self, user_id: UserId, organization_id: OrganizationId, principal: Principal
    ) -> Authority | None:
        """`authority`, for a family that goes on: what it was when this process read it last, if
        it has heard of no change since.

        Whoever changes it ends the tokens with the epoch that is remembered with it.
        """
        name = user_id, organization_id
        known = self._authorities.recall(name) if self._feed.is_current else None
        if known is not None:
            return replace(known, key=await self._keys.signer())
        sequence, now = self._feed.sequence, self._clock.now()
        authority = await self.authority(user_id, organization_id, principal)
        if authority is not None:
            self._authorities.remember(
                name,
                authority,
                sequence=sequence,
                rests_on=keys_of([user_id, touched(user_id), organization_id], organization_id),
                until=now + _REMEMBERED,
            )
        return authority

    async def _demands(self, organization_id: OrganizationId, principal: Principal) -> Demands:
        remembered = self._security.remembered(organization_id) if self._feed.is_current else None
        if remembered is not None:
            return remembered
        async with self._database.unit_of_work(principal) as uow:
            return await self._security.of(uow, organization_id)

    async def _rotate(
        self,
        token: RefreshToken,
        session: Session,
        authority: Authority,
        asked: Refresh,
        principal: Principal,
    ) -> IssuedTokens | None:
        """None if the token was used by somebody else meanwhile, or may not be used."""
        if session.client_id != asked.client_id or session.cnf_jkt not in (None, asked.jkt):
            return None
        demands = await self._demands(authority.organization_id, principal)
        minted = await self._minted(
            session, authority, demands, principal.address, scopes=asked.scopes, jkt=asked.jkt
        )
        issued = _issued(minted, session, authority, asked.scopes, asked.jkt)
        rotation = Rotation(
            hash=token.hash,
            client_id=asked.client_id,
            jkt=asked.jkt,
            successor=sha256_of(issued.refresh_token),
            bound_to=authority.organization_id,
            sealed_answer=self._keyring.seal(issued.model_dump_json().encode(), _context(token)),
        )
        if not await self._rotations.rotate(rotation):
            return None
        REFRESHES.labels("rotated").inc()
        return issued

    async def _repeat(
        self, uow: UnitOfWork, digest: bytes, authority: Authority, asked: Refresh
    ) -> IssuedTokens | None:
        """The answer that a used token got, if it may have it again; reuse ends the session."""
        now = self._clock.now()
        found = (await RefreshTokenRepository(uow).list_with_sessions([digest])).get(digest)
        if found is not None:
            token, session = found
            issued = self._replay(token, session, authority, asked, now)
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
        asked: Refresh,
        now: datetime,
    ) -> IssuedTokens | None:
        """What the token was answered with, for the same question in the grace window."""
        if (
            token.used_at is None
            or token.sealed_answer is None
            or now - token.used_at > self._settings.refresh_grace
            or session.revoked_at is not None
        ):
            return None
        answer = self._keyring.open(token.sealed_answer, _context(token))
        issued = IssuedTokens.model_validate_json(answer)
        is_same = (
            issued.client_id == asked.client_id
            and issued.organization_id == authority.organization_id
            and issued.scopes == _granted(session, asked.scopes)
            and issued.audience == session.audience
            and issued.jkt == asked.jkt
        )
        return issued if is_same else None


def _issued(
    minted: MintedToken,
    session: Session,
    authority: Authority,
    scopes: frozenset[str] | None,
    jkt: str | None,
) -> IssuedTokens:
    """With a new refresh token, which is still to be kept."""
    return IssuedTokens(
        access_token=minted.token,
        access_token_expires_at=minted.expires_at,
        refresh_token=f"argus_rt_{secrets.token_urlsafe(32)}",
        session_id=SessionId(session.id),
        organization_id=authority.organization_id,
        user_id=authority.user_id,
        client_id=session.client_id,
        scopes=_granted(session, scopes),
        audience=session.audience,
        jkt=jkt,
    )


def _entry(session: Session, authority: Authority, address: str, now: datetime) -> Entry:
    return Entry(
        method=session.method,
        strength=tuple(session.strength),
        email=authority.email,
        address=address,
        age=now - session.authenticated_at,
        idle=now - session.last_seen_at,
    )


def _granted(session: Session, narrowed: frozenset[str] | None) -> tuple[str, ...] | None:
    """Scopes of the access token: what the session has, or less."""
    if session.scopes is None:
        return None
    return tuple(sorted(session.scopes if narrowed is None else narrowed))


def _check_within(session: Session, token: RefreshToken, asked: Refresh) -> None:
    """Raises ScopeNotGranted, AudienceNotGranted, OrganizationNotFound: a refresh may narrow, never
    widen; what was let in for one organization stays there.
    """
    is_limited = session.scopes is not None
    if is_limited and asked.organization_id not in (None, token.bound_to):
        raise OrganizationNotFound
    if asked.scopes is not None and not asked.scopes <= {*(session.scopes or ())}:
        raise ScopeNotGranted
    if asked.audience is not None and asked.audience != session.audience:
        raise AudienceNotGranted


def _context(token: RefreshToken) -> str:
    return f"auth.refresh_token.sealed_answer:{token.hash.hex()}"
