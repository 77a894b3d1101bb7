"""Life cycle of sessions."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from argus.contracts.auth.events import ClientLetIn, SessionRevoked, SessionSteppedUp
from argus.kernel.clock import Clock
from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.ids import SessionId, UserId, format_id, new_id
from argus.services.auth.revocations.repository import Revocations
from argus.services.auth.sessions.errors import SessionNotFound
from argus.services.auth.sessions.models import Session
from argus.services.auth.sessions.repository import SessionRepository
from argus.services.auth.strength import with_second_factor

FIRST_PARTY = "argus"
"""Client id of Argus's own pages, CLI and SDK, which need no registration."""
MAX_USER_AGENT = 512


@dataclass(frozen=True, kw_only=True)
class ClientGrant:
    """What a person lets a client have."""

    client_id: str
    scopes: frozenset[str]
    audience: str
    """Whom its access tokens are for (RFC 8707)."""
    authenticated_at: datetime
    strength: tuple[str, ...]
    """Of the person's sign-in: authentication methods references (RFC 8176)."""
    started_by: SessionId | None
    """The person's own session in which it happened."""
    offline: bool
    """Whether the client goes on when that session has ended."""
    cnf_jkt: str | None
    """The key that a public client's refresh tokens are bound to (RFC 9449 section 5)."""
    life: timedelta


class SessionService:
    """Begins, lists and revokes the sessions of users. A revoked session's tokens are dead, and so
    are those of clients that were let in by it and are not offline.
    """

    def __init__(self, uow: UnitOfWork, clock: Clock) -> None:
        self._uow, self._clock = uow, clock
        self._sessions = SessionRepository(uow)

    async def begin(
        self,
        user_id: UserId,
        *,
        client_id: str,
        user_agent: str,
        strength: list[str],
        method: str,
        life: timedelta,
        identity_id: UUID | None = None,
    ) -> Session:
        """A new session of a person who has just been authenticated."""
        now = self._clock.now()
        session = Session(
            id=new_id(),
            user_id=user_id,
            client_id=client_id,
            user_agent=user_agent[:MAX_USER_AGENT],
            address=self._uow.principal.address,
            strength=strength,
            method=method,
            identity_id=identity_id,
            authenticated_at=now,
            last_seen_at=now,
            expires_at=now + life,
            offline=False,
        )
        await self._sessions.add(session)
        return session

    async def begin_for_client(self, user_id: UserId, grant: ClientGrant) -> Session:
        """A new session of another client than Argus's own, which the person let in.

        It ends with the session that started it, and expires no later, unless it is offline.

        Raises:
            SessionNotFound: the session that is to start it has ended.
        """
        now = self._clock.now()
        expires_at = now + grant.life
        starter = await self._sessions.find(grant.started_by)
        if grant.started_by is not None:
            starter_expires_at = await self._sessions.expiry_of_live(grant.started_by, now)
            if starter_expires_at is None:
                raise SessionNotFound
            if not grant.offline:
                expires_at = min(expires_at, starter_expires_at)
        session = Session(
            id=new_id(),
            user_id=user_id,
            client_id=grant.client_id,
            user_agent="",
            address=self._uow.principal.address,
            strength=[*grant.strength],
            method=starter.method if starter else "",
            identity_id=starter.identity_id if starter else None,
            authenticated_at=grant.authenticated_at,
            last_seen_at=now,
            expires_at=expires_at,
            scopes=sorted(grant.scopes),
            audience=grant.audience,
            started_by=grant.started_by,
            offline=grant.offline,
            cnf_jkt=grant.cnf_jkt,
        )
        await self._sessions.add(session)
        await self._uow.emit(
            ClientLetIn(
                user_id=format_id("usr", user_id),
                session_id=format_id("ses", session.id),
                client_id=grant.client_id,
                scopes=session.scopes or [],
                audience=grant.audience,
            )
        )
        return session

    async def list_live(self, user_id: UserId) -> list[Session]:
        """The newest first."""
        return await self._sessions.list_live(user_id, self._clock.now())

    async def is_live(self, session_id: SessionId) -> bool:
        """Whether the session goes on, whosever it is."""
        return await self._sessions.expiry_of_live(session_id, self._clock.now()) is not None

    async def revoke(self, user_id: UserId, session_id: SessionId, reason: str) -> None:
        """End one session of the user.

        Raises:
            SessionNotFound: unknown, ended, or another user's; the three are not told apart.
        """
        if not await self.end(user_id, session_id, reason):
            raise SessionNotFound

    async def end(self, user_id: UserId, session_id: SessionId, reason: str) -> bool:
        """End one session of the user, if it lives; returns whether it did."""
        return await self._revoke(user_id, reason, only=session_id) > 0

    async def revoke_all(
        self, user_id: UserId, reason: str, *, but: SessionId | None = None
    ) -> int:
        """End all sessions of the user, but one; returns how many there were."""
        return await self._revoke(user_id, reason, but=but)

    async def revoke_begun_with(self, user_id: UserId, identity_id: UUID, reason: str) -> None:
        """End the sessions that began by this linked identity, those of clients too."""
        await self._revoke(user_id, reason, begun_with=identity_id)

    async def strengthen(
        self, user_id: UserId, session_id: SessionId, shown: tuple[str, ...]
    ) -> None:
        """The person has shown a second factor in the session: it is of two factors from now on.

        Raises:
            SessionNotFound: it has ended, or is another user's.
        """
        session = await self._sessions.lock_live(session_id, self._clock.now())
        if session is None or session.user_id != user_id:
            raise SessionNotFound
        session.strength = [*with_second_factor(session.strength, shown)]
        await self._uow.emit(
            SessionSteppedUp(
                user_id=format_id("usr", user_id),
                session_id=format_id("ses", session_id),
                strength=session.strength,
            )
        )

    async def revoke_all_of_client(self, client_id: str, reason: str) -> None:
        """End all sessions of the client, whoever let it in."""
        live = await self._sessions.live_of_client(client_id, self._clock.now())
        for session in live:
            await self.end(UserId(session.user_id), SessionId(session.id), reason)

    async def _revoke(
        self,
        user_id: UserId,
        reason: str,
        *,
        only: UUID | None = None,
        but: UUID | None = None,
        begun_with: UUID | None = None,
    ) -> int:
        now = self._clock.now()
        own = await self._sessions.revoke(
            user_id, now, reason, only=only, but=but, begun_with=begun_with
        )
        revoked: dict[UUID, UUID] = dict.fromkeys(own, user_id)
        if own:
            revoked |= await self._sessions.revoke_started_by(own, now, reason)
            await Revocations(self._uow).end([*revoked], now)
        for session_id, whose in revoked.items():
            await self._uow.emit(
                SessionRevoked(
                    user_id=format_id("usr", whose),
                    session_id=format_id("ses", session_id),
                    reason=reason,
                )
            )
        return len(revoked)
