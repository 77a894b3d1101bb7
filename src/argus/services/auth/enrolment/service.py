"""Setting up second factors: in a session, or in a sign-in that cannot go on without one."""

from dataclasses import dataclass, field

from argus.contracts.identity.rpc import GET_USER
from argus.contracts.identity.v1 import identity_pb2
from argus.kernel.acr import MULTI_FACTOR as TWO_FACTORS
from argus.kernel.clock import Clock
from argus.kernel.db.unit_of_work import Database, UnitOfWork
from argus.kernel.errors import StepUpRequired
from argus.kernel.ids import SessionId, UserId, format_id
from argus.kernel.rpc.client import Rpc
from argus.services.auth.factors.service import Factors
from argus.services.auth.mfa.service import TotpEnrolment
from argus.services.auth.passkeys.models import Passkey
from argus.services.auth.passkeys.service import Options
from argus.services.auth.sessions.repository import SessionRepository
from argus.services.auth.sessions.service import SessionService
from argus.services.auth.sign_in_flows.errors import SignInFlowEnded
from argus.services.auth.sign_in_flows.service import SignInFlows, Visitor
from argus.services.auth.strength import MULTI_FACTOR
from argus.services.auth.tokens.service import IssuedTokens

ISSUER = "Argus"
"""As authenticator apps show it."""


class Enrolment:
    """Adds second factors to the account of whoever is signed in. Who adds one has shown it: the
    session is of two factors from then on.

    The first one may be added by whoever has just signed in; another one only by who has shown a
    second factor, or a stolen password would get round the ones that are there.
    """

    def __init__(
        self, uow: UnitOfWork, clock: Clock, factors: Factors, user_id: UserId, session: SessionId
    ) -> None:
        self._uow, self._factors = uow, factors
        self._user_id, self._session_id = user_id, session
        self._sessions = SessionService(uow, clock)

    async def begin_totp(self, account: str) -> TotpEnrolment:
        """What an authenticator app is set up with; it counts from `confirm_totp` on.

        Raises:
            StepUpRequired, TotpAlreadyEnrolled
        """
        await self._check()
        return await self._factors.mfa(self._uow).enrol_totp(self._user_id, account, ISSUER)

    async def confirm_totp(self, code: str) -> list[str]:
        """The app is asked from the next sign-in on. Returns new recovery codes, if there are none.

        Raises:
            StepUpRequired, TotpNotEnrolled, SecondFactorRefused
        """
        await self._check()
        codes = await self._factors.mfa(self._uow).confirm_totp(self._user_id, code)
        await self._sessions.strengthen(self._user_id, self._session_id, ("otp",))
        return codes

    async def passkey_options(self, account: str, name: str) -> Options:
        """What the browser makes a passkey from.

        Raises:
            StepUpRequired
        """
        await self._check()
        passkeys = self._factors.passkeys(self._uow)
        return await passkeys.registration_options(self._user_id, account, name)

    async def add_passkey(self, name: str, credential: Options) -> tuple[Passkey, list[str]]:
        """The passkey, and new recovery codes, if there are none.

        Raises:
            StepUpRequired, PasskeyInvalid
        """
        await self._check()
        passkey = await self._factors.passkeys(self._uow).register(self._user_id, name, credential)
        await self._sessions.strengthen(self._user_id, self._session_id, _shown(passkey))
        return passkey, await self._factors.mfa(self._uow).first_recovery_codes(self._user_id)

    async def _check(self) -> None:
        session = await SessionRepository(self._uow).find(self._session_id)
        if session is not None and MULTI_FACTOR in session.strength:
            return
        if await self._factors.enrolled(self._uow, self._user_id):
            raise StepUpRequired(acr=TWO_FACTORS)


@dataclass(frozen=True)
class Enrolled:
    """A sign-in that was completed by setting up a second factor."""

    tokens: IssuedTokens
    recovery_codes: list[str] = field(repr=False)


class SignInEnrolment:
    """Sets up the first second factor of a person whose organization demands one, between the first
    factor and the session, which begins with it. Nothing is set up if the session does not begin.

    Every method raises SignInFlowEnded: the sign-in is over, or the person has a second factor by
    now, which is asked.
    """

    def __init__(self, database: Database, rpc: Rpc, factors: Factors, flows: SignInFlows) -> None:
        self._database, self._rpc = database, rpc
        self._factors, self._flows = factors, flows

    async def begin_totp(self, secret: str, visitor: Visitor) -> TotpEnrolment:
        """What an authenticator app is set up with."""
        user_id, user = await self._who(secret, visitor)
        async with self._database.unit_of_work(visitor.principal) as uow:
            return await self._factors.mfa(uow).enrol_totp(user_id, user.email, ISSUER)

    async def confirm_totp(self, secret: str, code: str, visitor: Visitor) -> Enrolled:
        """The app shows the right code. A flow takes few wrong ones.

        Raises:
            TotpNotEnrolled, SecondFactorRefused
        """
        attempt = await self._flows.attempt(secret, visitor)
        user_id = attempt.authority.user_id
        async with self._database.unit_of_work(visitor.principal) as uow:
            await self._check_none(uow, user_id)
            codes = await self._factors.mfa(uow).confirm_totp(user_id, code)
            return Enrolled(await self._flows.complete(uow, attempt, ("otp",), visitor), codes)

    async def passkey_options(self, secret: str, visitor: Visitor) -> Options:
        """What the browser makes a passkey from."""
        user_id, user = await self._who(secret, visitor)
        async with self._database.unit_of_work(visitor.principal) as uow:
            passkeys = self._factors.passkeys(uow)
            return await passkeys.registration_options(user_id, user.email, user.name)

    async def add_passkey(
        self, secret: str, name: str, credential: Options, visitor: Visitor
    ) -> Enrolled:
        """The browser made the passkey.

        Raises:
            PasskeyInvalid
        """
        attempt = await self._flows.attempt(secret, visitor)
        user_id = attempt.authority.user_id
        async with self._database.unit_of_work(visitor.principal) as uow:
            await self._check_none(uow, user_id)
            passkey = await self._factors.passkeys(uow).register(user_id, name, credential)
            codes = await self._factors.mfa(uow).first_recovery_codes(user_id)
            tokens = await self._flows.complete(uow, attempt, _shown(passkey), visitor)
            return Enrolled(tokens, codes)

    async def _who(self, secret: str, visitor: Visitor) -> tuple[UserId, identity_pb2.User]:
        pending = await self._flows.pending(secret, visitor)
        if pending.factors:
            raise SignInFlowEnded
        found = await self._rpc.call(
            GET_USER, identity_pb2.GetUserRequest(user_id=format_id("usr", pending.user_id))
        )
        return pending.user_id, found.user

    async def _check_none(self, uow: UnitOfWork, user_id: UserId) -> None:
        if await self._factors.enrolled(uow, user_id):
            raise SignInFlowEnded


def _shown(passkey: Passkey) -> tuple[str, ...]:
    """What making the passkey proved (RFC 8176)."""
    return ("swk" if passkey.synced else "hwk", "user")
