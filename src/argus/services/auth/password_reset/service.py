"""A new password for whoever reads the account's mail, or knows the present one."""

from argus.contracts.identity.rpc import FIND_USER_BY_EMAIL, GET_USER
from argus.contracts.identity.v1 import identity_pb2
from argus.kernel.clock import Clock
from argus.kernel.db.unit_of_work import Database
from argus.kernel.ids import SessionId, UserId, format_id, parse_id
from argus.kernel.principal import Principal
from argus.kernel.rpc.client import Rpc
from argus.services.auth.attempts.service import Throttle
from argus.services.auth.email_proofs.errors import EmailProofInvalid
from argus.services.auth.email_proofs.models import Purpose
from argus.services.auth.email_proofs.service import EmailProofs
from argus.services.auth.password_hasher import PasswordHasher
from argus.services.auth.passwords.repository import PasswordRepository
from argus.services.auth.passwords.service import NewPasswords, PasswordService
from argus.services.auth.revocations.repository import Revocations
from argus.services.auth.sign_in_flows.errors import CredentialsInvalid
from argus.services.auth.takeovers.service import Takeovers


class PasswordReset:
    """Forgotten and changed passwords. Uses units of work of its own, since hashing takes time."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        rpc: Rpc,
        hasher: PasswordHasher,
        passwords: NewPasswords,
        throttle: Throttle,
        proofs: EmailProofs,
        takeovers: Takeovers,
    ) -> None:
        self._database, self._clock, self._rpc = database, clock, rpc
        self._hasher, self._passwords, self._throttle = hasher, passwords, throttle
        self._proofs, self._takeovers = proofs, takeovers

    async def mail(self, email: str, principal: Principal) -> None:
        """Mail a link to the address, if it is somebody's; which is not told, also not by time.

        Raises:
            TooManyAttempts: also for an address that is nobody's.
        """
        found = await self._rpc.call(
            FIND_USER_BY_EMAIL, identity_pb2.FindUserByEmailRequest(email=email)
        )
        known = found.HasField("user")
        await self._throttle.count(
            principal, self._throttle.mails(found.user.id if known else found.address_key)
        )
        user_id = UserId(parse_id("usr", found.user.id)) if known else None
        async with self._database.unit_of_work(principal) as uow:
            await self._proofs.issue(uow, Purpose.RESET_PASSWORD, user_id)

    async def reset(self, token: str, password: str, principal: Principal) -> None:
        """Set the password by a mailed link. Every session of the user ends with its tokens, those
        of clients too, and no token is exchanged for them any more; personal access tokens stay. It
        signs nobody in, and a second factor is asked as before.

        Raises:
            EmailProofInvalid, TooManyAttempts
            PasswordRefused: the link stays good.
        """
        await self._throttle.count(principal)
        proof = await self._proofs.check_token(Purpose.RESET_PASSWORD, token, principal)
        if proof is None or proof.user_id is None:
            raise EmailProofInvalid
        user_id = UserId(proof.user_id)
        public_id = format_id("usr", user_id)
        found = await self._rpc.call(GET_USER, identity_pb2.GetUserRequest(user_id=public_id))
        hashed = await self._passwords.hash(password, (found.user.email, found.user.name))
        async with self._database.unit_of_work(principal) as uow:
            used = await self._proofs.use(uow, proof)
        if not used:
            raise EmailProofInvalid
        await self._takeovers.by_mailbox_owner(found.user, principal)
        async with self._database.unit_of_work(principal) as uow:
            await PasswordService(uow, self._clock).set(user_id, hashed)
            await Revocations(uow).revoke(user_id, self._clock.now())
            await self._throttle.succeeded(uow, self._throttle.account(public_id), spent=2)

    async def change(
        self,
        user_id: UserId,
        session_id: SessionId,
        current: str,
        password: str,
        principal: Principal,
    ) -> None:
        """Replace the password; all sessions but the one that asks end.

        Raises:
            CredentialsInvalid: `current` is not the present password, or there is none.
            PasswordRefused, TooManyAttempts, HashersBusy
        """
        public_id = format_id("usr", user_id)
        account = self._throttle.account(public_id)
        await self._throttle.count(principal, account)
        async with self._database.unit_of_work(principal) as uow:
            stored = await PasswordRepository(uow).get(user_id)
        if not await self._hasher.verify(current, stored) or stored is None:
            raise CredentialsInvalid
        found = await self._rpc.call(GET_USER, identity_pb2.GetUserRequest(user_id=public_id))
        hashed = await self._passwords.hash(password, (found.user.email, found.user.name))
        async with self._database.unit_of_work(principal) as uow:
            if not await PasswordRepository(uow).is_still(user_id, stored):
                raise CredentialsInvalid
            await self._throttle.succeeded(uow, account)
            await PasswordService(uow, self._clock).set(user_id, hashed, but=session_id)
