"""Signing in by password or passkey."""

import asyncio
import math
from uuid import UUID

from argus.contracts.auth.events import SignInFailed
from argus.contracts.identity.rpc import FIND_USER_BY_EMAIL
from argus.contracts.identity.v1 import identity_pb2
from argus.kernel.db.unit_of_work import Database
from argus.kernel.ids import OrganizationId, UserId, parse_id
from argus.kernel.rpc.client import Rpc
from argus.services.auth.attempts.service import Subject, Throttle
from argus.services.auth.factors.service import Factors
from argus.services.auth.passkeys.errors import PasskeyInvalid
from argus.services.auth.passkeys.service import Options
from argus.services.auth.password_hasher import HashedPassword, PasswordHasher
from argus.services.auth.passwords.repository import PasswordRepository
from argus.services.auth.sign_in_flows.errors import CredentialsInvalid
from argus.services.auth.sign_in_flows.service import (
    FirstFactor,
    SignInFlows,
    SignInOutcome,
    Visitor,
)
from argus.services.auth.tokens.service import Authority, TokenService

REFUSAL_STEP_S = 0.25
"""A refusal takes a whole multiple of this: its time does not tell whether the account exists."""
BY_PASSWORD = FirstFactor(("pwd",), "password")

_NOBODY = UUID(int=0)


class SignInService:
    """Uses units of work of its own: a failed attempt counts although its request is refused, and
    no connection is held while a password is hashed or a refusal waits.
    """

    def __init__(
        self,
        database: Database,
        rpc: Rpc,
        hasher: PasswordHasher,
        throttle: Throttle,
        factors: Factors,
        tokens: TokenService,
        flows: SignInFlows,
    ) -> None:
        self._database, self._rpc = database, rpc
        self._hasher, self._throttle, self._factors = hasher, throttle, factors
        self._tokens, self._flows = tokens, flows

    async def sign_in(
        self,
        email: str,
        password: str,
        organization_id: OrganizationId | None,
        visitor: Visitor,
        *,
        return_to: str = "",
    ) -> SignInOutcome:
        """A new session and its tokens, for that organization or the personal one; or the second
        factor that is asked.

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
        account = self._throttle.account(found.user.id if known else found.address_key)
        async with self._database.unit_of_work(visitor.principal) as uow:
            await self._throttle.count_in(uow, account)
            kept = await PasswordRepository(uow).get_at_epoch(user_id)
        stored, epoch = kept or (None, None)
        authority = None
        if await self._hasher.verify(password, stored):
            authority = await self._tokens.authority(
                user_id, organization_id, visitor.principal, epoch=epoch
            )
        if authority is not None and stored is not None:
            outcome = await self._enter(authority, password, stored, account, visitor, return_to)
            if outcome is not None:
                return outcome
        async with self._database.unit_of_work(visitor.principal) as uow:
            if known:
                await uow.emit(SignInFailed(user_id=found.user.id))
        elapsed_s = asyncio.get_running_loop().time() - started
        await asyncio.sleep(math.ceil(elapsed_s / REFUSAL_STEP_S) * REFUSAL_STEP_S - elapsed_s)
        raise CredentialsInvalid

    async def sign_in_by_passkey(
        self,
        credential: Options,
        organization_id: OrganizationId | None,
        visitor: Visitor,
        *,
        return_to: str = "",
    ) -> SignInOutcome:
        """A new session for whoever's passkey answered, having verified its user.

        Raises:
            PasskeyInvalid, CredentialsInvalid, OrganizationNotFound
        """
        async with self._database.unit_of_work(visitor.principal) as uow:
            used = await self._factors.passkeys(uow).sign_in(credential)
        if used is None:
            raise PasskeyInvalid
        authority = await self._tokens.authority(used.user_id, organization_id, visitor.principal)
        if authority is None:
            raise CredentialsInvalid
        first = FirstFactor(used.strength, "passkey")
        async with self._database.unit_of_work(visitor.principal) as uow:
            if not await self._factors.passkeys(uow).is_still(used):
                raise PasskeyInvalid
            return await self._flows.enter(uow, authority, first, visitor, return_to=return_to)

    async def _enter(
        self,
        authority: Authority,
        password: str,
        stored: HashedPassword,
        account: Subject,
        visitor: Visitor,
        return_to: str,
    ) -> SignInOutcome | None:
        """Pass the first factor; None if the password was replaced since it was verified."""
        rehashed = await self._hasher.hash(password) if self._hasher.is_outdated(stored) else None
        async with self._database.unit_of_work(visitor.principal) as uow:
            passwords = PasswordRepository(uow)
            if not await passwords.is_still(authority.user_id, stored):
                return None
            if rehashed:
                await passwords.rehash(authority.user_id, rehashed)
            await self._throttle.succeeded(uow, account)
            return await self._flows.enter(
                uow, authority, BY_PASSWORD, visitor, return_to=return_to
            )
