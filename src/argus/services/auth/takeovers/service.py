"""Who reads the mail owns the account (GHSA-qq9h-g4jm-xgf3).

An account whose address was never verified may have been made by somebody else, to wait for the
address's owner with a password of their own. So the first proof of the mailbox verifies the
address, and takes away every credential and session from before.
"""

from argus.contracts.auth.events import AccountTakenOver
from argus.contracts.identity.rpc import LIST_MEMBERSHIPS, VERIFY_EMAIL
from argus.contracts.identity.v1 import identity_pb2
from argus.kernel.clock import Clock
from argus.kernel.db.unit_of_work import Database, UnitOfWork
from argus.kernel.ids import OrganizationId, UserId, parse_id
from argus.kernel.principal import Principal
from argus.kernel.rpc.client import Rpc
from argus.services.auth.mfa.repository import MfaRepository
from argus.services.auth.oauth.consents.repository import ConsentRepository
from argus.services.auth.passkeys.repository import PasskeyRepository
from argus.services.auth.passwords.repository import PasswordRepository
from argus.services.auth.revocations.repository import Revocations
from argus.services.auth.sessions.service import SessionService
from argus.services.auth.sign_in_flows.repository import SignInFlowRepository


class Takeovers:
    """Accounts whose address is proven from outside of a session of theirs: by a link or code by
    mail, or by a provider that has verified the same address.
    """

    def __init__(self, database: Database, clock: Clock, rpc: Rpc) -> None:
        self._database, self._clock, self._rpc = database, clock, rpc

    async def by_mailbox_owner(self, user: identity_pb2.User, principal: Principal) -> None:
        """Verify the address; if it was not verified yet, drop what was set up before.

        Nothing happens for a verified address. Credentials go first: a crash in between leaves an
        unverified account that nobody can enter but by mail. Other services and slices drop what
        they keep when they hear of `AccountTakenOver`.
        """
        if user.email_verified:
            return
        user_id = UserId(parse_id("usr", user.id))
        answer = await self._rpc.call(
            LIST_MEMBERSHIPS, identity_pb2.ListMembershipsRequest(user_id=user.id)
        )
        [personal] = [
            OrganizationId(parse_id("org", membership.organization_id))
            for membership in answer.memberships
            if membership.personal
        ]
        async with self._database.unit_of_work(principal) as uow:
            await self._drop(uow, user_id)
            await uow.emit(AccountTakenOver(user_id=user.id), personal)
        await self._rpc.call(VERIFY_EMAIL, identity_pb2.VerifyEmailRequest(user_id=user.id))

    async def _drop(self, uow: UnitOfWork, user_id: UserId) -> None:
        await PasswordRepository(uow).remove(user_id)
        mfa = MfaRepository(uow)
        await mfa.remove_totp(user_id)
        await mfa.remove_recovery_codes(user_id)
        await PasskeyRepository(uow).remove_all(user_id)
        await SignInFlowRepository(uow).end_all(user_id)
        await ConsentRepository(uow).remove_all(user_id)
        await SessionService(uow, self._clock).revoke_all(user_id, "taken_over")
        await Revocations(uow).revoke(user_id, self._clock.now())
