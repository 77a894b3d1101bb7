"""The session of a browser: a cookie that stands for it, on pages only.

The JSON interface never reads the cookie, so it needs no protection against forged requests.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from argus.kernel.clock import Clock
from argus.kernel.db.unit_of_work import Database, UnitOfWork
from argus.kernel.ids import SessionId, UserId, format_id
from argus.kernel.principal import AuthenticationMethod, Principal, PrincipalKind, anonymous
from argus.services.auth.browser_sessions.repository import BrowserSessionRepository
from argus.services.auth.impersonation.models import Impersonation
from argus.services.auth.impersonation.repository import ImpersonationRepository
from argus.services.auth.impersonation.service import CLIENT
from argus.services.auth.sessions.service import FIRST_PARTY, SessionService
from argus.services.auth.sha256 import sha256_of

SEEN_AT_MOST_EVERY = timedelta(minutes=1)
FRESH = timedelta(minutes=10)


@dataclass(frozen=True)
class BrowserSession:
    """A person who is signed in with this browser."""

    id: SessionId
    user_id: UserId
    authenticated_at: datetime
    strength: tuple[str, ...]
    """Authentication methods references (RFC 8176)."""
    expires_at: datetime
    impersonation: Impersonation | None = None
    """Set where it is another person's, in whose place an administrator acts."""

    def is_fresh(self, now: datetime) -> bool:
        """Whether the person signed in recently enough to change how they sign in."""
        return now - self.authenticated_at <= FRESH

    def principal(self, address: str) -> Principal:
        """Who acts on a page. It has no permission: pages are about the person alone."""
        return Principal(
            kind=PrincipalKind.USER,
            id=format_id("usr", self.user_id),
            method=AuthenticationMethod.IMPERSONATION
            if self.impersonation
            else AuthenticationMethod.SESSION,
            session_id=self.id,
            authenticated_at=self.authenticated_at,
            strength=self.strength,
            actors=(format_id("usr", self.impersonation.administrator_id),)
            if self.impersonation
            else (),
            client_id=CLIENT if self.impersonation else FIRST_PARTY,
            credential=format_id("ses", self.id),
            address=address,
            user_id=self.user_id,
        )


class BrowserSessions:
    """Finds who a browser's cookie stands for, and gives out new cookies."""

    def __init__(self, database: Database, clock: Clock, cookie_names: Sequence[str]) -> None:
        self._database, self._clock, self._cookie_names = database, clock, cookie_names

    async def current(self, cookies: Mapping[str, str]) -> BrowserSession | None:
        """Who is signed in with the browser that sent these cookies; the first that stands for a
        live session decides.

        Looks in a unit of work of its own, so that the caller may still ask siblings.
        """
        shown = [cookies[name] for name in self._cookie_names if cookies.get(name)]
        if not shown:
            return None
        async with self._database.unit_of_work(anonymous()) as uow:
            for secret in shown:
                session = await self._find(uow, secret)
                if session is not None:
                    return session
        return None

    async def _find(self, uow: UnitOfWork, secret: str) -> BrowserSession | None:
        sessions, now = BrowserSessionRepository(uow), self._clock.now()
        session = await sessions.find_live(sha256_of(secret), now)
        if session is None:
            return None
        await sessions.seen(session, now, SEEN_AT_MOST_EVERY)
        impersonation = None
        if session.client_id == CLIENT:
            impersonation = await ImpersonationRepository(uow).find(session.id)
            if impersonation is None:
                return None
        return BrowserSession(
            SessionId(session.id),
            UserId(session.user_id),
            session.authenticated_at,
            tuple(session.strength),
            session.expires_at,
            impersonation,
        )

    async def bind(
        self, uow: UnitOfWork, session_id: SessionId, *, replaces: BrowserSession | None
    ) -> str:
        """A new cookie for a session that has just begun; it is the browser's instead of an earlier
        one, which ends. Clients that the same person let in before go on.

        The value is always made here, never taken from the browser (session fixation).
        """
        secret = secrets.token_urlsafe(32)
        sessions = BrowserSessionRepository(uow)
        owner = await sessions.set_cookie(session_id, sha256_of(secret))
        if replaces is not None:
            if owner == replaces.user_id:
                await sessions.hand_over(replaces.id, session_id)
            await SessionService(uow, self._clock).end(replaces.user_id, replaces.id, "replaced")
        return secret
