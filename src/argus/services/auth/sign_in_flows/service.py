"""Between a first factor and a session: every way to sign in ends here.

Whoever verified somebody (password, passkey, link by mail, another provider) says so by
`first_factor_passed`. What the organization demands is measured there. The answer is a session's
tokens, or a flow that names what else is asked: a second factor, or to set one up.
"""

import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from argus.contracts.auth.events import SecondFactorFailed, UserSignedIn
from argus.kernel.clock import Clock
from argus.kernel.db.unit_of_work import Database, UnitOfWork
from argus.kernel.ids import OrganizationId, UserId, format_id
from argus.kernel.principal import Principal
from argus.services.auth.attempts.service import Throttle
from argus.services.auth.factors.schemas import SecondFactorProof
from argus.services.auth.factors.service import Factor, Factors
from argus.services.auth.mfa.errors import SecondFactorRefused
from argus.services.auth.organization_security.demands import Entry
from argus.services.auth.organization_security.errors import MfaRequired
from argus.services.auth.organization_security.service import OrganizationSecurity
from argus.services.auth.passkeys.service import Options
from argus.services.auth.sessions.service import FIRST_PARTY, SessionService
from argus.services.auth.settings import AuthSettings
from argus.services.auth.sha256 import sha256_of
from argus.services.auth.sign_in_flows.errors import CredentialsInvalid, SignInFlowEnded
from argus.services.auth.sign_in_flows.models import SignInFlow
from argus.services.auth.sign_in_flows.repository import SignInFlowRepository
from argus.services.auth.strength import MULTI_FACTOR, with_second_factor
from argus.services.auth.tokens.service import Authority, IssuedTokens, TokenService

FLOW_LIFE = timedelta(minutes=10)


@dataclass(frozen=True)
class Visitor:
    """Who is at the door: nobody yet, from an address, with a program that names itself."""

    principal: Principal
    user_agent: str


@dataclass(frozen=True)
class FirstFactor:
    """What was proven, and how."""

    strength: tuple[str, ...]
    """RFC 8176: `pwd`, `hwk`, …; with `mfa` among them nothing else is asked."""
    method: str
    """`password`, `passkey`, `email`, or the name of a provider."""
    identity_id: UUID | None = None
    """The linked identity by which it was proven."""


@dataclass(frozen=True)
class PendingSignIn:
    """A sign-in that needs another factor. `secret` is all that continues it: a page keeps it in a
    cookie, a program in memory.
    """

    secret: str = field(repr=False)
    user_id: UserId
    factors: tuple[Factor, ...]
    """Any of them completes the sign-in. None: the organization demands a second factor, and the
    person has none yet; setting one up completes it (`SignInEnrolment`).
    """
    return_to: str
    expires_at: datetime


SignInOutcome = IssuedTokens | PendingSignIn


@dataclass(frozen=True)
class Attempt:
    """A proof that somebody tries in a flow; it is counted, whatever comes of it."""

    flow: bytes
    """Its hash."""
    first: FirstFactor
    authority: Authority


class SignInFlows:
    """Uses units of work of its own, unless one is given: attempts count when they are refused."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        tokens: TokenService,
        factors: Factors,
        throttle: Throttle,
        security: OrganizationSecurity,
        settings: AuthSettings,
    ) -> None:
        self._database, self._clock, self._tokens = database, clock, tokens
        self._factors, self._throttle = factors, throttle
        self._security, self._settings = security, settings

    async def first_factor_passed(
        self,
        user_id: UserId,
        first: FirstFactor,
        visitor: Visitor,
        *,
        organization_id: OrganizationId | None = None,
        return_to: str = "",
    ) -> SignInOutcome:
        """Tokens of a new session, for that organization or the personal one; or what else is
        asked. `return_to` is kept for the page that continues.

        Raises:
            CredentialsInvalid: the account is closed.
            OrganizationNotFound: the person is no member of it.
            SignInMethodNotAllowed, EmailDomainNotAllowed, AddressNotAllowed: the organization does
                not let the person in like this.
        """
        authority = await self._tokens.authority(user_id, organization_id, visitor.principal)
        if authority is None:
            raise CredentialsInvalid
        async with self._database.unit_of_work(visitor.principal) as uow:
            return await self.enter(uow, authority, first, visitor, return_to=return_to)

    async def enter(
        self,
        uow: UnitOfWork,
        authority: Authority,
        first: FirstFactor,
        visitor: Visitor,
        *,
        return_to: str = "",
    ) -> SignInOutcome:
        """The same in a unit of work that also checks or writes something else."""
        lacks_factor = await self._lacks_factor(uow, authority, first, visitor)
        if MULTI_FACTOR not in first.strength:
            factors = await self._factors.enrolled(uow, authority.user_id)
            if factors or lacks_factor:
                return await self._begin_flow(uow, authority, first, factors, return_to)
        return await self._begin_session(uow, authority, first, visitor)

    async def pending(self, secret: str, visitor: Visitor) -> PendingSignIn:
        """The sign-in under way.

        Raises:
            SignInFlowEnded
        """
        async with self._database.unit_of_work(visitor.principal) as uow:
            flow = await self._open(uow, secret)
            factors = await self._factors.enrolled(uow, UserId(flow.user_id))
        return _pending(secret, flow, factors)

    async def passkey_options(self, secret: str, visitor: Visitor) -> Options:
        """What the browser asks a passkey of the person for.

        Raises:
            SignInFlowEnded
        """
        async with self._database.unit_of_work(visitor.principal) as uow:
            flow = await self._open(uow, secret)
            return await self._factors.passkeys(uow).confirm_options(UserId(flow.user_id))

    async def second_factor_passed(
        self, secret: str, proof: SecondFactorProof, visitor: Visitor
    ) -> IssuedTokens:
        """Complete the sign-in. A proof counts against the flow and the account before it is
        checked.

        Raises:
            SignInFlowEnded, SecondFactorRefused, TooManyAttempts
        """
        attempt = await self.attempt(secret, visitor)
        user_id = attempt.authority.user_id
        throttled = self._throttle.second_factor(user_id)
        await self._throttle.count(visitor.principal, throttled)
        async with self._database.unit_of_work(visitor.principal) as uow:
            shown = await self._factors.verify(uow, user_id, proof)
            if shown is not None:
                await self._throttle.succeeded(uow, throttled)
                return await self.complete(uow, attempt, shown, visitor)
            await uow.emit(SecondFactorFailed(user_id=format_id("usr", user_id)))
        raise SecondFactorRefused

    async def attempt(self, secret: str, visitor: Visitor) -> Attempt:
        """Count a proof against the flow before it is checked.

        Raises:
            SignInFlowEnded
        """
        digest = sha256_of(secret)
        async with self._database.unit_of_work(visitor.principal) as uow:
            flow = await SignInFlowRepository(uow).count_attempt(digest, self._clock.now())
        if flow is None:
            raise SignInFlowEnded
        organization_id = OrganizationId(flow.bound_to) if flow.bound_to else None
        authority = await self._tokens.authority(
            UserId(flow.user_id), organization_id, visitor.principal
        )
        if authority is None:
            raise SignInFlowEnded
        first = FirstFactor(tuple(flow.strength), flow.method, flow.identity_id)
        return Attempt(digest, first, authority)

    async def complete(
        self, uow: UnitOfWork, attempt: Attempt, shown: tuple[str, ...], visitor: Visitor
    ) -> IssuedTokens:
        """Begin the session: the second factor was shown, or set up, in this unit.

        Raises:
            SignInFlowEnded: another proof completed it just now.
        """
        if not await SignInFlowRepository(uow).complete(attempt.flow):
            raise SignInFlowEnded
        passed = replace(attempt.first, strength=with_second_factor(attempt.first.strength, shown))
        return await self._begin_session(uow, attempt.authority, passed, visitor)

    async def _lacks_factor(
        self, uow: UnitOfWork, authority: Authority, first: FirstFactor, visitor: Visitor
    ) -> bool:
        """Whether the organization demands a second factor, and nothing else than what was proven.

        Raises:
            ArgusError: it demands something that no second factor mends.
        """
        demands = await self._security.of(uow, authority.organization_id)
        refusal = demands.refusal_of(
            Entry(
                method=first.method,
                strength=first.strength,
                email=authority.email,
                address=visitor.principal.address,
                age=timedelta(0),
                idle=timedelta(0),
            )
        )
        if refusal is None or isinstance(refusal, MfaRequired):
            return refusal is not None
        raise refusal

    async def _open(self, uow: UnitOfWork, secret: str) -> SignInFlow:
        flow = await SignInFlowRepository(uow).find(sha256_of(secret), self._clock.now())
        if flow is None:
            raise SignInFlowEnded
        return flow

    async def _begin_flow(
        self,
        uow: UnitOfWork,
        authority: Authority,
        first: FirstFactor,
        factors: tuple[Factor, ...],
        return_to: str,
    ) -> PendingSignIn:
        secret, now = f"argus_sf_{secrets.token_urlsafe(32)}", self._clock.now()
        flow = SignInFlow(
            hash=sha256_of(secret),
            user_id=authority.user_id,
            bound_to=authority.organization_id,
            strength=list(first.strength),
            method=first.method,
            identity_id=first.identity_id,
            return_to=return_to,
            attempts=0,
            created_at=now,
            expires_at=now + FLOW_LIFE,
        )
        await SignInFlowRepository(uow).add(flow)
        return _pending(secret, flow, factors)

    async def _begin_session(
        self, uow: UnitOfWork, authority: Authority, passed: FirstFactor, visitor: Visitor
    ) -> IssuedTokens:
        session = await SessionService(uow, self._clock).begin(
            authority.user_id,
            client_id=FIRST_PARTY,
            user_agent=visitor.user_agent,
            strength=list(passed.strength),
            method=passed.method,
            identity_id=passed.identity_id,
            life=self._settings.session_life,
        )
        signed_in = UserSignedIn(
            user_id=format_id("usr", authority.user_id),
            session_id=format_id("ses", session.id),
            strength=list(passed.strength),
        )
        await uow.emit(signed_in, authority.organization_id)
        return await self._tokens.issue(uow, session, authority)


def _pending(secret: str, flow: SignInFlow, factors: tuple[Factor, ...]) -> PendingSignIn:
    return PendingSignIn(secret, UserId(flow.user_id), factors, flow.return_to, flow.expires_at)
