"""Proofs by mail: that somebody reads mail at an address, shown once, for one purpose."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from argus.contracts.identity.rpc import FIND_USER_BY_EMAIL, GET_USER
from argus.contracts.identity.v1 import identity_pb2
from argus.kernel.clock import Clock
from argus.kernel.crypto import Keyring
from argus.kernel.db.unit_of_work import Database, UnitOfWork
from argus.kernel.ids import UserId, format_id, new_id
from argus.kernel.principal import Principal
from argus.kernel.rpc.client import Rpc
from argus.kernel.schema import Value
from argus.services.auth.email_proofs.models import EmailProof, Purpose
from argus.services.auth.email_proofs.repository import EmailProofRepository
from argus.services.auth.mailed_secrets import MailedSecrets

LIFE = {
    Purpose.VERIFY: timedelta(days=1),
    Purpose.SIGN_IN_LINK: timedelta(minutes=15),
    Purpose.SIGN_IN_CODE: timedelta(minutes=10),
    Purpose.RESET_PASSWORD: timedelta(minutes=30),
    Purpose.SIGN_UP: timedelta(minutes=30),
}
LINKS = {
    Purpose.VERIFY: "/verify-email",
    Purpose.SIGN_IN_LINK: "/sign-in/link",
    Purpose.RESET_PASSWORD: "/reset-password",
}
"""The pages that mails link to, with `?token=`; the other purposes are served by a code."""
SEND_MAIL_JOB = "auth.email_proofs.send_mail"


class SignUpRequest(Value):
    """An account that is made once its address is proven."""

    email: str
    name: str
    password_hash: str = field(repr=False)
    pepper_id: str


@dataclass(frozen=True)
class MailedCode:
    """A code was mailed, if the address is somebody's; it is good together with `handle` only."""

    handle: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True)
class Mail:
    """A proof as it is mailed."""

    to: str
    template: str
    variables: dict[str, str] = field(repr=False)


class EmailProofs:
    """Issues proofs in the caller's unit of work, and checks what comes back in its own: a wrong
    code counts although its request is refused.
    """

    def __init__(
        self, database: Database, keyring: Keyring, clock: Clock, rpc: Rpc, base_url: str
    ) -> None:
        self._database, self._keyring, self._clock, self._rpc = database, keyring, clock, rpc
        self._secrets, self._base_url = MailedSecrets(keyring), base_url

    async def issue(
        self,
        uow: UnitOfWork,
        purpose: Purpose,
        user_id: UserId | None,
        sign_up: SignUpRequest | None = None,
    ) -> MailedCode:
        """Mail a proof to the user. For None, an unknown address, the same is done but no mail."""
        proof_id, now = new_id(), self._clock.now()
        proof = EmailProof(
            id=proof_id,
            purpose=purpose,
            user_id=user_id,
            sealed_sign_up=sign_up
            and self._keyring.seal(sign_up.model_dump_json().encode(), _context(proof_id)),
            attempts=0,
            created_at=now,
            expires_at=now + LIFE[purpose],
            used_at=None,
        )
        await EmailProofRepository(uow).add(proof)
        await uow.enqueue(SEND_MAIL_JOB, proof_id=str(proof_id))
        return MailedCode(self._secrets.token(_handle(purpose), proof_id), proof.expires_at)

    async def check_token(
        self, purpose: Purpose, token: str, principal: Principal
    ) -> EmailProof | None:
        """The proof behind a link's token, still to be used by `use`."""
        proof_id = self._secrets.proof_of(purpose, token)
        if proof_id is None:
            return None
        async with self._database.unit_of_work(principal) as uow:
            return await EmailProofRepository(uow).find_open(proof_id, self._clock.now())

    async def check_code(
        self, purpose: Purpose, handle: str, code: str, principal: Principal
    ) -> EmailProof | None:
        """The proof behind a handle and its code, still to be used by `use`; five codes a proof."""
        proof_id = self._secrets.proof_of(_handle(purpose), handle)
        if proof_id is None:
            return None
        async with self._database.unit_of_work(principal) as uow:
            proof = await EmailProofRepository(uow).count_attempt(proof_id, self._clock.now())
        return proof if proof is not None and self._secrets.is_code(proof_id, code) else None

    async def use(self, uow: UnitOfWork, proof: EmailProof) -> bool:
        """Use a checked proof up; False if somebody else did just now."""
        return await EmailProofRepository(uow).use(proof.id, self._clock.now())

    def sign_up_of(self, proof: EmailProof) -> SignUpRequest | None:
        """The account that waits for this proof."""
        if proof.sealed_sign_up is None:
            return None
        opened = self._keyring.open(proof.sealed_sign_up, _context(proof.id))
        return SignUpRequest.model_validate_json(opened)

    async def mail_of(self, proof_id: UUID, principal: Principal) -> Mail | None:
        """What is mailed for a proof; None for nobody, or when it is over."""
        async with self._database.unit_of_work(principal) as uow:
            proof = await EmailProofRepository(uow).find_open(proof_id, self._clock.now())
        if proof is None:
            return None
        variables = {
            "platform_url": self._base_url,
            "expires": f"{proof.expires_at:%d %B %Y, %H:%M} UTC",
        }
        sign_up = self.sign_up_of(proof)
        if sign_up is not None:
            taken = await self._rpc.call(
                FIND_USER_BY_EMAIL, identity_pb2.FindUserByEmailRequest(email=sign_up.email)
            )
            if taken.HasField("user"):
                return Mail(sign_up.email, "sign_up_taken", variables)
            return Mail(sign_up.email, "sign_up", variables | self._secret_of(proof))
        if proof.user_id is None:
            return None
        found = await self._rpc.call(
            GET_USER, identity_pb2.GetUserRequest(user_id=format_id("usr", proof.user_id))
        )
        if not found.user.active:
            return None
        return Mail(found.user.email, proof.purpose.value, variables | self._secret_of(proof))

    def _secret_of(self, proof: EmailProof) -> dict[str, str]:
        page = LINKS.get(proof.purpose)
        if page is None:
            return {"code": self._secrets.code(proof.id)}
        token = self._secrets.token(proof.purpose, proof.id)
        return {"link": f"{self._base_url}{page}?token={token}"}


def _handle(purpose: Purpose) -> str:
    return f"handle:{purpose.value}"


def _context(proof_id: UUID) -> str:
    return f"auth.email_proof.sealed_sign_up:{proof_id}"
