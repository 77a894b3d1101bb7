"""Making accounts: by an invitation at once, or by a code that is mailed first.

Where everybody may sign up, nothing tells whether an address has an account: the answer is the
same, and the mail says so to the address's owner alone. No account stands on an address that was
not proven, so nobody can wait in one for the address's owner.
"""

from argus.contracts.identity.rpc import FIND_USER_BY_EMAIL, LIST_MEMBERSHIPS, REGISTER_USER
from argus.contracts.identity.v1 import identity_pb2
from argus.kernel.clock import Clock
from argus.kernel.db.unit_of_work import Database
from argus.kernel.errors import ArgusError
from argus.kernel.ids import OrganizationId, UserId, format_id, new_id, parse_id
from argus.kernel.rpc.client import Rpc
from argus.services.auth.attempts.service import Throttle
from argus.services.auth.email_proofs.errors import EmailProofInvalid
from argus.services.auth.email_proofs.models import Purpose
from argus.services.auth.email_proofs.service import EmailProofs, MailedCode, SignUpRequest
from argus.services.auth.organization_security.errors import (
    AddressNotAllowed,
    EmailDomainNotAllowed,
    SignInMethodNotAllowed,
)
from argus.services.auth.password_hasher import HashedPassword
from argus.services.auth.passwords.repository import PasswordRepository
from argus.services.auth.passwords.service import NewPasswords
from argus.services.auth.settings import AuthSettings
from argus.services.auth.sign_in.service import BY_PASSWORD
from argus.services.auth.sign_in_flows.service import (
    SignInFlows,
    SignInOutcome,
    Visitor,
)
from argus.services.auth.sign_up.errors import SignUpClosed


class SignUpService:
    """The password is stored under the new user's id before the user is registered: a crash leaves
    a password of nobody, never a user who cannot sign in.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        rpc: Rpc,
        throttle: Throttle,
        passwords: NewPasswords,
        proofs: EmailProofs,
        flows: SignInFlows,
        settings: AuthSettings,
    ) -> None:
        self._database, self._clock, self._rpc = database, clock, rpc
        self._throttle, self._passwords, self._proofs = throttle, passwords, proofs
        self._flows, self._settings = flows, settings

    async def sign_up(
        self, email: str, password: str, name: str, invitation_token: str | None, visitor: Visitor
    ) -> SignInOutcome | MailedCode:
        """With an invitation, a new user, signed in for the organization that invited, or for the
        personal one if that one does not accept passwords. Without one, a code is mailed, which
        `confirm` takes.

        Raises:
            SignUpClosed: by the installation's setting.
            PasswordRefused, TooManyAttempts, HashersBusy
            ArgusError: what identity refuses: the address, or the invitation.
        """
        allowed = {"open": True, "invited": invitation_token is not None, "closed": False}
        if not allowed[self._settings.sign_up]:
            raise SignUpClosed
        await self._throttle.count(visitor.principal)
        hashed = await self._passwords.hash(password, (email, name))
        if invitation_token:
            user_id = await self._register(email, name, hashed, visitor, invitation_token)
            return await self._enter(user_id, visitor)
        found = await self._rpc.call(
            FIND_USER_BY_EMAIL, identity_pb2.FindUserByEmailRequest(email=email)
        )
        # As other mails to the address are counted, or the counts would tell whether it is known.
        account = found.user.id or found.address_key
        await self._throttle.count(visitor.principal, self._throttle.mails(account))
        request = SignUpRequest(
            email=email, name=name, password_hash=hashed.hash, pepper_id=hashed.pepper_id
        )
        async with self._database.unit_of_work(visitor.principal) as uow:
            return await self._proofs.issue(uow, Purpose.SIGN_UP, None, request)

    async def confirm(self, handle: str, code: str, visitor: Visitor) -> SignInOutcome:
        """The new user, signed in: the code came back.

        Raises:
            EmailProofInvalid, TooManyAttempts
            EmailTaken: the address has an account, as the mail said.
        """
        await self._throttle.count(visitor.principal)
        proof = await self._proofs.check_code(Purpose.SIGN_UP, handle, code, visitor.principal)
        request = proof and self._proofs.sign_up_of(proof)
        if proof is None or request is None:
            raise EmailProofInvalid
        async with self._database.unit_of_work(visitor.principal) as uow:
            used = await self._proofs.use(uow, proof)
            await self._throttle.succeeded(uow, self._throttle.mails(request.email), spent=3)
        if not used:
            raise EmailProofInvalid
        hashed = HashedPassword(request.password_hash, request.pepper_id)
        user_id = await self._register(request.email, request.name, hashed, visitor)
        return await self._enter(user_id, visitor)

    async def _register(
        self,
        email: str,
        name: str,
        hashed: HashedPassword,
        visitor: Visitor,
        invitation_token: str = "",
    ) -> UserId:
        user_id = UserId(new_id())
        async with self._database.unit_of_work(visitor.principal) as uow:
            await PasswordRepository(uow).put(user_id, hashed, self._clock.now())
        try:
            await self._rpc.call(
                REGISTER_USER,
                identity_pb2.RegisterUserRequest(
                    user_id=format_id("usr", user_id),
                    email=email,
                    name=name,
                    invitation_token=invitation_token,
                    email_verified=not invitation_token,
                ),
            )
        except ArgusError:
            async with self._database.unit_of_work(visitor.principal) as uow:
                await PasswordRepository(uow).remove(user_id)
            raise
        return user_id

    async def _enter(self, user_id: UserId, visitor: Visitor) -> SignInOutcome:
        memberships = await self._rpc.call(
            LIST_MEMBERSHIPS,
            identity_pb2.ListMembershipsRequest(user_id=format_id("usr", user_id)),
        )
        joined = [
            OrganizationId(parse_id("org", membership.organization_id))
            for membership in memberships.memberships
            if not membership.personal
        ]
        try:
            return await self._flows.first_factor_passed(
                user_id, BY_PASSWORD, visitor, organization_id=joined[0] if joined else None
            )
        except (SignInMethodNotAllowed, EmailDomainNotAllowed, AddressNotAllowed):
            # The account is made and has joined; it enters that organization another way.
            return await self._flows.first_factor_passed(user_id, BY_PASSWORD, visitor)
