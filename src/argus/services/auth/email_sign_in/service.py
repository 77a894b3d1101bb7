"""Signing in by a link or a code that is mailed."""

from argus.contracts.identity.rpc import FIND_USER_BY_EMAIL, GET_USER
from argus.contracts.identity.v1 import identity_pb2
from argus.kernel.db.unit_of_work import Database
from argus.kernel.ids import UserId, format_id, parse_id
from argus.kernel.rpc.client import Rpc
from argus.services.auth.attempts.service import Throttle
from argus.services.auth.email_proofs.errors import EmailProofInvalid
from argus.services.auth.email_proofs.models import EmailProof, Purpose
from argus.services.auth.email_proofs.service import EmailProofs, MailedCode
from argus.services.auth.sign_in_flows.service import (
    FirstFactor,
    SignInFlows,
    SignInOutcome,
    Visitor,
)
from argus.services.auth.takeovers.service import Takeovers

BY_EMAIL = FirstFactor(("email",), "email")
"""RFC 8176 has no value for it."""


class EmailSignIn:
    """What is asked for an unknown address is answered, and costs, the same as for a known one."""

    def __init__(
        self,
        database: Database,
        rpc: Rpc,
        throttle: Throttle,
        proofs: EmailProofs,
        takeovers: Takeovers,
        flows: SignInFlows,
    ) -> None:
        self._database, self._rpc, self._throttle = database, rpc, throttle
        self._proofs, self._takeovers, self._flows = proofs, takeovers, flows

    async def mail(self, purpose: Purpose, email: str, visitor: Visitor) -> MailedCode:
        """Mail a link or a code; a code is good only together with the handle that is returned.

        Raises:
            TooManyAttempts: also for an address that is nobody's.
        """
        found = await self._rpc.call(
            FIND_USER_BY_EMAIL, identity_pb2.FindUserByEmailRequest(email=email)
        )
        known = found.HasField("user")
        await self._throttle.count(
            visitor.principal, self._throttle.mails(found.user.id if known else found.address_key)
        )
        user_id = UserId(parse_id("usr", found.user.id)) if known else None
        async with self._database.unit_of_work(visitor.principal) as uow:
            return await self._proofs.issue(uow, purpose, user_id)

    async def sign_in_by_link(
        self, token: str, visitor: Visitor, *, return_to: str = ""
    ) -> SignInOutcome:
        """A session for whoever opened the link, or the second factor that is asked.

        Raises:
            EmailProofInvalid, TooManyAttempts
            CredentialsInvalid: the account is closed.
        """
        await self._throttle.count(visitor.principal)
        proof = await self._proofs.check_token(Purpose.SIGN_IN_LINK, token, visitor.principal)
        return await self._enter(proof, visitor, return_to)

    async def sign_in_by_code(
        self, handle: str, code: str, visitor: Visitor, *, return_to: str = ""
    ) -> SignInOutcome:
        """The same for a code and the handle that it was asked for with."""
        await self._throttle.count(visitor.principal)
        proof = await self._proofs.check_code(Purpose.SIGN_IN_CODE, handle, code, visitor.principal)
        return await self._enter(proof, visitor, return_to)

    async def _enter(
        self, proof: EmailProof | None, visitor: Visitor, return_to: str
    ) -> SignInOutcome:
        if proof is None or proof.user_id is None:
            raise EmailProofInvalid
        user_id = UserId(proof.user_id)
        public_id = format_id("usr", user_id)
        async with self._database.unit_of_work(visitor.principal) as uow:
            used = await self._proofs.use(uow, proof)
            await self._throttle.succeeded(uow, self._throttle.mails(public_id), spent=2)
        if not used:
            raise EmailProofInvalid
        found = await self._rpc.call(GET_USER, identity_pb2.GetUserRequest(user_id=public_id))
        await self._takeovers.by_mailbox_owner(found.user, visitor.principal)
        return await self._flows.first_factor_passed(
            user_id, BY_EMAIL, visitor, return_to=return_to
        )
