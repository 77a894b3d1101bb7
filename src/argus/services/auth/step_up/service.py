"""Showing again who one is, within a session (RFC 9470)."""

from dataclasses import dataclass, field
from datetime import datetime

from argus.contracts.auth.events import SecondFactorFailed, SessionSteppedUp
from argus.kernel.clock import Clock
from argus.kernel.db.unit_of_work import Database, UnitOfWork
from argus.kernel.errors import Unauthenticated
from argus.kernel.ids import OrganizationId, SessionId, UserId, format_id
from argus.kernel.principal import Principal
from argus.services.auth.attempts.service import Throttle
from argus.services.auth.factors.service import Factors
from argus.services.auth.mfa.errors import SecondFactorRefused
from argus.services.auth.password_hasher import PasswordHasher
from argus.services.auth.passwords.repository import PasswordRepository
from argus.services.auth.sessions.models import Session
from argus.services.auth.sessions.repository import SessionRepository
from argus.services.auth.step_up.schemas import PasswordProof, StepUpProof
from argus.services.auth.strength import with_second_factor
from argus.services.auth.tokens.service import TokenService


@dataclass(frozen=True)
class SteppedUp:
    """What the session is now."""

    strength: tuple[str, ...]
    access_token: str = field(repr=False)
    expires_at: datetime


class StepUpService:
    """Uses units of work of its own: a wrong proof counts although its request is refused."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        hasher: PasswordHasher,
        throttle: Throttle,
        factors: Factors,
        tokens: TokenService,
    ) -> None:
        self._database, self._clock, self._hasher = database, clock, hasher
        self._throttle, self._factors = throttle, factors
        self._tokens = tokens

    async def step_up(
        self,
        user_id: UserId,
        session_id: SessionId,
        organization_id: OrganizationId | None,
        proof: StepUpProof,
        principal: Principal,
        jkt: str | None,
    ) -> SteppedUp:
        """The session is freshly authenticated, by two factors after a proof of the second.

        A password counts only for a person who has no second factor. The token is bound to the key
        `jkt`, if the one that it takes the place of is.

        Raises:
            SecondFactorRefused, TooManyAttempts, HashersBusy
            Unauthenticated: the session has ended meanwhile.
        """
        throttled = self._throttle.second_factor(user_id)
        await self._throttle.count(principal, throttled)
        knows_password = isinstance(proof, PasswordProof) and await self._knows(
            user_id, proof.password, principal
        )
        authority = await self._tokens.authority(user_id, organization_id, principal)
        if authority is None:
            raise Unauthenticated
        async with self._database.unit_of_work(principal) as uow:
            if isinstance(proof, PasswordProof):
                shown = await self._by_password(uow, user_id, knows_password)
            else:
                shown = await self._factors.verify(uow, user_id, proof)
            if shown is not None:
                await self._throttle.succeeded(uow, throttled)
                is_second = not isinstance(proof, PasswordProof)
                session = await self._renew(uow, session_id, shown, is_second=is_second)
                minted = await self._tokens.mint(uow, session, authority, jkt=jkt)
                return SteppedUp(tuple(session.strength), minted.token, minted.expires_at)
            await uow.emit(SecondFactorFailed(user_id=format_id("usr", user_id)))
        raise SecondFactorRefused

    async def _renew(
        self,
        uow: UnitOfWork,
        session_id: SessionId,
        shown: tuple[str, ...],
        *,
        is_second: bool,
    ) -> Session:
        """The session as the person has just shown; a second factor adds to what it began with."""
        now = self._clock.now()
        session = await SessionRepository(uow).lock_live(session_id, now)
        if session is None:
            raise Unauthenticated
        if is_second:
            shown = with_second_factor(session.strength, shown)
        session.strength, session.authenticated_at = list(shown), now
        await uow.emit(
            SessionSteppedUp(
                user_id=format_id("usr", UserId(session.user_id)),
                session_id=format_id("ses", session_id),
                strength=list(shown),
            )
        )
        return session

    async def _knows(self, user_id: UserId, password: str, principal: Principal) -> bool:
        async with self._database.unit_of_work(principal) as uow:
            stored = await PasswordRepository(uow).get(user_id)
        return await self._hasher.verify(password, stored)

    async def _by_password(
        self, uow: UnitOfWork, user_id: UserId, knows_password: bool
    ) -> tuple[str, ...] | None:
        if not knows_password or await self._factors.enrolled(uow, user_id):
            return None
        return ("pwd",)
