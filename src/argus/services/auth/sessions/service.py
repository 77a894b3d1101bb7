"""Life cycle of sessions."""

from datetime import timedelta
from uuid import UUID

from argus.contracts.auth.events import SessionRevoked
from argus.kernel.clock import Clock
from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.ids import SessionId, UserId, format_id, new_id
from argus.services.auth.revocations.repository import Revocations
from argus.services.auth.sessions.errors import SessionNotFound
from argus.services.auth.sessions.models import Session
from argus.services.auth.sessions.repository import SessionRepository

FIRST_PARTY = "argus"
"""Client id of Argus's own pages, CLI and SDK, which need no registration."""
MAX_USER_AGENT = 512


class SessionService:
    """Begins, lists and revokes the sessions of users. A revoked session's tokens are dead."""

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
        life: timedelta,
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
            authenticated_at=now,
            last_seen_at=now,
            expires_at=now + life,
        )
        await self._sessions.add(session)
        return session

    async def list_live(self, user_id: UserId) -> list[Session]:
        """The newest first."""
        return await self._sessions.list_live(user_id, self._clock.now())

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

    async def _revoke(
        self, user_id: UserId, reason: str, *, only: UUID | None = None, but: UUID | None = None
    ) -> int:
        now = self._clock.now()
        revoked = await self._sessions.revoke(user_id, now, reason, only=only, but=but)
        if revoked:
            await Revocations(self._uow).end(revoked, now)
        for session_id in revoked:
            await self._uow.emit(
                SessionRevoked(
                    user_id=format_id("usr", user_id),
                    session_id=format_id("ses", session_id),
                    reason=reason,
                )
            )
        return len(revoked)
