"""Confirming the address of one's own account."""

from argus.contracts.identity.rpc import VERIFY_EMAIL
from argus.contracts.identity.v1 import identity_pb2
from argus.kernel.db.unit_of_work import Database
from argus.kernel.ids import UserId, format_id
from argus.kernel.principal import Principal
from argus.kernel.rpc.client import Rpc
from argus.services.auth.attempts.service import Throttle
from argus.services.auth.email_proofs.errors import EmailProofInvalid
from argus.services.auth.email_proofs.models import Purpose
from argus.services.auth.email_proofs.service import EmailProofs


class EmailVerification:
    """Takes both: a session of the account and its mail. A link alone would let the address's owner
    confirm, by a careless click, an account that somebody else made and still can enter.
    """

    def __init__(
        self, database: Database, rpc: Rpc, throttle: Throttle, proofs: EmailProofs
    ) -> None:
        self._database, self._rpc = database, rpc
        self._throttle, self._proofs = throttle, proofs

    async def mail(self, user_id: UserId, principal: Principal) -> None:
        """Mail a link to the person's own address.

        Raises:
            TooManyAttempts
        """
        mails = self._throttle.mails(format_id("usr", user_id))
        await self._throttle.count(principal, mails)
        async with self._database.unit_of_work(principal) as uow:
            await self._proofs.issue(uow, Purpose.VERIFY, user_id)

    async def verify(self, user_id: UserId, token: str, principal: Principal) -> None:
        """The address is the person's.

        Raises:
            EmailProofInvalid: also for a link of another person.
            TooManyAttempts
        """
        await self._throttle.count(principal)
        proof = await self._proofs.check_token(Purpose.VERIFY, token, principal)
        if proof is None or proof.user_id != user_id:
            raise EmailProofInvalid
        async with self._database.unit_of_work(principal) as uow:
            used = await self._proofs.use(uow, proof)
            mails = self._throttle.mails(format_id("usr", user_id))
            await self._throttle.succeeded(uow, mails, spent=2)
        if not used:
            raise EmailProofInvalid
        await self._rpc.call(
            VERIFY_EMAIL, identity_pb2.VerifyEmailRequest(user_id=format_id("usr", user_id))
        )
