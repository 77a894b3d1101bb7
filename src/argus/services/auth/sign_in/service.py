"""Signing in and up by password."""

import asyncio
import math
from dataclasses import dataclass
from uuid import UUID

from argus.contracts.auth.events import SignInFailed, UserSignedIn
from argus.contracts.identity.rpc import FIND_USER_BY_EMAIL, LIST_MEMBERSHIPS, REGISTER_USER
from argus.contracts.identity.v1 import identity_pb2
from argus.kernel.clock import Clock
from argus.kernel.crypto import Keyring
from argus.kernel.db.unit_of_work import Database, UnitOfWork
from argus.kernel.ids import OrganizationId, UserId, format_id, parse_id
from argus.kernel.principal import Principal
from argus.kernel.rpc.client import Rpc
from argus.services.auth.password_hasher import HashedPassword, PasswordHasher
from argus.services.auth.passwords.repository import PasswordRepository
from argus.services.auth.passwords.service import PasswordService, hash_new
from argus.services.auth.sessions.service import FIRST_PARTY, SessionService
from argus.services.auth.settings import AuthSettings
from argus.services.auth.sign_in.errors import CredentialsInvalid, SignUpClosed, TooManyAttempts
from argus.services.auth.sign_in.repository import AttemptRepository
from argus.services.auth.sign_in_throttle import (
    FREE_PER_ACCOUNT,
    FREE_PER_ADDRESS,
    account_subject,
    address_subject,
    delay_after,
)
from argus.services.auth.tokens.service import Authority, IssuedTokens, TokenService

REFUSAL_STEP_S = 0.25
"""A refusal takes a whole multiple of this: its time does not tell whether the account exists."""
PASSWORD_STRENGTH = ["pwd"]
"""RFC 8176."""

_NOBODY = UUID(int=0)


@dataclass(frozen=True)
class Visitor:
    """Who is at the door: nobody yet, from an address, with a program that names itself."""

    principal: Principal
    user_agent: str


class SignInService:
    """Uses units of work of its own: a failed attempt counts although its request is refused, and
    no connection is held while a password is hashed or a refusal waits.
    """

    def __init__(
        self,
        database: Database,
        keyring: Keyring,
        clock: Clock,
        rpc: Rpc,
        hasher: PasswordHasher,
        tokens: TokenService,
        settings: AuthSettings,
    ) -> None:
        self._database, self._clock, self._rpc = database, clock, rpc
        self._hasher, self._tokens, self._settings = hasher, tokens, settings
        self._secret = keyring.derive("sign-in-attempts")

    async def sign_in(
        self,
        email: str,
        password: str,
        organization_id: OrganizationId | None,
        visitor: Visitor,
    ) -> IssuedTokens:
        """A new session and its tokens, for that organization or the personal one.

        Raises:
            CredentialsInvalid: unknown, deactivated, or a wrong password; body, status and time
                are the same.
            TooManyAttempts, HashersBusy
            OrganizationNotFound: the password is right, but the person is no member.
        """
        started = asyncio.get_running_loop().time()
        found = await self._rpc.call(
            FIND_USER_BY_EMAIL, identity_pb2.FindUserByEmailRequest(email=email)
        )
        known = found.HasField("user")
        user_id = UserId(parse_id("usr", found.user.id) if known else _NOBODY)
        account = account_subject(self._secret, found.user.id if known else email)
        await self._count(visitor, (account, FREE_PER_ACCOUNT))
        async with self._database.unit_of_work(visitor.principal) as uow:
            stored = await PasswordRepository(uow).get(user_id)
        authority = None
        if await self._hasher.verify(password, stored):
            authority = await self._tokens.authority(user_id, organization_id, visitor.principal)
        if authority is not None and stored is not None:
            issued = await self._begin(authority, password, stored, account, visitor)
            if issued is not None:
                return issued
        if known:
            async with self._database.unit_of_work(visitor.principal) as uow:
                await uow.emit(SignInFailed(user_id=found.user.id))
        elapsed_s = asyncio.get_running_loop().time() - started
        await asyncio.sleep(math.ceil(elapsed_s / REFUSAL_STEP_S) * REFUSAL_STEP_S - elapsed_s)
        raise CredentialsInvalid

    async def sign_up(
        self, email: str, password: str, name: str, invitation_token: str | None, visitor: Visitor
    ) -> IssuedTokens:
        """A new user, signed in; for the organization that invited, else for the personal one.

        Raises:
            SignUpClosed: by the installation's setting.
            PasswordRefused, TooManyAttempts, HashersBusy
            ArgusError: what identity refuses: the address, or the invitation.
        """
        allowed = {"open": True, "invited": invitation_token is not None, "closed": False}
        if not allowed[self._settings.sign_up]:
            raise SignUpClosed
        await self._count(visitor)
        hashed = await hash_new(self._hasher, password, (email, name))
        registered = await self._rpc.call(
            REGISTER_USER,
            identity_pb2.RegisterUserRequest(
                email=email, name=name, invitation_token=invitation_token or ""
            ),
        )
        user_id = UserId(parse_id("usr", registered.user.id))
        memberships = await self._rpc.call(
            LIST_MEMBERSHIPS, identity_pb2.ListMembershipsRequest(user_id=registered.user.id)
        )
        joined = [
            membership.organization_id
            for membership in memberships.memberships
            if not membership.personal
        ]
        authority = await self._tokens.authority(
            user_id,
            OrganizationId(parse_id("org", joined[0])) if joined else None,
            visitor.principal,
        )
        if authority is None:
            raise CredentialsInvalid
        async with self._database.unit_of_work(visitor.principal) as uow:
            await PasswordService(uow, self._clock).set(user_id, hashed)
            return await self._begin_session(uow, authority, visitor)

    async def _count(self, visitor: Visitor, *accounts: tuple[bytes, int]) -> None:
        """Count an attempt from the visitor's address, and for the account.

        Raises:
            TooManyAttempts: one of them is blocked; then none is counted.
        """
        now = self._clock.now()
        address = address_subject(self._secret, visitor.principal.address)
        async with self._database.unit_of_work(visitor.principal) as uow:
            attempts = AttemptRepository(uow)
            for subject, free in (*accounts, (address, FREE_PER_ADDRESS)):
                count = await attempts.count(subject, now)
                if count is None:
                    until = await attempts.blocked_until(subject) or now
                    raise TooManyAttempts(
                        retry_after_s=max(1, math.ceil((until - now).total_seconds()))
                    )
                if delay := delay_after(count, free):
                    await attempts.block(subject, now + delay)

    async def _begin(
        self,
        authority: Authority,
        password: str,
        stored: HashedPassword,
        account: bytes,
        visitor: Visitor,
    ) -> IssuedTokens | None:
        """A session; None if the password was replaced since it was verified."""
        rehashed = await self._hasher.hash(password) if self._hasher.is_outdated(stored) else None
        async with self._database.unit_of_work(visitor.principal) as uow:
            passwords = PasswordRepository(uow)
            if not await passwords.is_still(authority.user_id, stored):
                return None
            if rehashed:
                await passwords.rehash(authority.user_id, rehashed)
            address = address_subject(self._secret, visitor.principal.address)
            await AttemptRepository(uow).succeeded(account, address, self._clock.now())
            return await self._begin_session(uow, authority, visitor)

    async def _begin_session(
        self, uow: UnitOfWork, authority: Authority, visitor: Visitor
    ) -> IssuedTokens:
        session = await SessionService(uow, self._clock).begin(
            authority.user_id,
            client_id=FIRST_PARTY,
            user_agent=visitor.user_agent,
            strength=PASSWORD_STRENGTH,
            life=self._settings.session_life,
        )
        signed_in = UserSignedIn(
            user_id=format_id("usr", authority.user_id),
            session_id=format_id("ses", session.id),
            strength=PASSWORD_STRENGTH,
        )
        await uow.emit(signed_in, authority.organization_id)
        return await self._tokens.issue(uow, session, authority)
