"""Which second factors a person has, and whether one was proven."""

from enum import StrEnum

from argus.kernel.clock import Clock
from argus.kernel.crypto import Keyring
from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.ids import UserId
from argus.services.auth.factors.repository import FactorRepository
from argus.services.auth.factors.schemas import PasskeyProof, RecoveryCodeProof, SecondFactorProof
from argus.services.auth.mfa.service import MfaService
from argus.services.auth.passkeys.service import PasskeyService, RelyingParty


class Factor(StrEnum):
    """What may be asked after a first factor."""

    TOTP = "totp"
    PASSKEY = "passkey"
    RECOVERY_CODE = "recovery_code"


class Factors:
    """Second factors of all kinds. One for the process; each call names its unit of work."""

    def __init__(self, clock: Clock, keyring: Keyring, relying_party: RelyingParty) -> None:
        self._clock, self._keyring, self._party = clock, keyring, relying_party

    def mfa(self, uow: UnitOfWork) -> MfaService:
        """Authenticator app and recovery codes."""
        return MfaService(uow, self._clock, self._keyring)

    def passkeys(self, uow: UnitOfWork) -> PasskeyService:
        """Passkeys."""
        return PasskeyService(uow, self._clock, self._party)

    async def enrolled(self, uow: UnitOfWork, user_id: UserId) -> tuple[Factor, ...]:
        """What the person can be asked for; empty while nothing but recovery codes is set up."""
        has = await FactorRepository(uow).of_user(user_id)
        if not has.totp and not has.passkey:
            return ()
        return tuple(
            factor
            for factor, is_set_up in (
                (Factor.TOTP, has.totp),
                (Factor.PASSKEY, has.passkey),
                (Factor.RECOVERY_CODE, has.recovery_code),
            )
            if is_set_up
        )

    async def verify(
        self, uow: UnitOfWork, user_id: UserId, proof: SecondFactorProof
    ) -> tuple[str, ...] | None:
        """How the person was authenticated (RFC 8176) by the proof, which is used up; None for a
        wrong one.
        """
        if isinstance(proof, PasskeyProof):
            used = await self.passkeys(uow).confirm(user_id, proof.credential)
            return used and used.strength
        mfa = self.mfa(uow)
        if isinstance(proof, RecoveryCodeProof):
            genuine = await mfa.use_recovery_code(user_id, proof.code)
        else:
            genuine = await mfa.use_totp(user_id, proof.code)
        return ("otp",) if genuine else None
