"""Codes of an authenticator app (RFC 6238), and the recovery codes that replace a second factor."""

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from uuid import UUID

from pyotp import random_base32
from pyotp.exceptions import OTPVerificationError
from pyotp.totp import TOTP

from argus.contracts.auth.events import RecoveryCodesReplaced, RecoveryCodeUsed, TotpChanged
from argus.kernel.clock import Clock
from argus.kernel.crypto import Keyring
from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.ids import UserId, format_id
from argus.services.auth.mfa.errors import (
    SecondFactorRefused,
    TotpAlreadyEnrolled,
    TotpNotEnrolled,
)
from argus.services.auth.mfa.models import Totp
from argus.services.auth.mfa.repository import MfaRepository

RECOVERY_CODES = 10
_RECOVERY_CODE_BYTES = 10
_DRIFT = 1
"""Time steps of 30 s that a code may be early or late (RFC 6238 section 5.2 recommends one)."""


@dataclass(frozen=True)
class TotpEnrolment:
    """What an authenticator app is set up with."""

    secret: str = field(repr=False)
    """Base32, to type in."""
    uri: str = field(repr=False)
    """`otpauth://totp/…`, to show as a QR code."""


@dataclass(frozen=True)
class MfaStatus:
    """What a person has set up."""

    totp: bool
    recovery_codes_left: int


class MfaService:
    """A person's authenticator app and recovery codes. Secrets are sealed, codes hashed."""

    def __init__(self, uow: UnitOfWork, clock: Clock, keyring: Keyring) -> None:
        self._uow, self._clock, self._keyring = uow, clock, keyring
        self._mfa = MfaRepository(uow)

    async def status(self, user_id: UserId) -> MfaStatus:
        """What is set up; an app that was not confirmed is not."""
        return MfaStatus(
            await self._mfa.has_totp(user_id), await self._mfa.recovery_codes_left(user_id)
        )

    async def enrol_totp(self, user_id: UserId, account: str, issuer: str) -> TotpEnrolment:
        """Begin to set up an app; it counts from `confirm_totp` on. Beginning again starts anew.

        Raises:
            TotpAlreadyEnrolled
        """
        secret = random_base32()
        sealed = self._keyring.seal(secret.encode(), _context(user_id))
        if not await self._mfa.put_unconfirmed(user_id, sealed, self._clock.now()):
            raise TotpAlreadyEnrolled
        uri = TOTP(secret).provisioning_uri(name=account, issuer_name=issuer)
        return TotpEnrolment(secret, uri)

    async def confirm_totp(self, user_id: UserId, code: str) -> list[str]:
        """The app shows the right code: it is asked from now on. Returns new recovery codes, or
        none for a person who has some.

        Raises:
            TotpNotEnrolled: none waits to be confirmed.
            SecondFactorRefused: the code is wrong.
        """
        totp = await self._mfa.totp(user_id)
        if totp is None or totp.confirmed_at is not None:
            raise TotpNotEnrolled
        step = self._step_of(totp, code)
        if step is None or not await self._mfa.confirm(user_id, step, self._clock.now()):
            raise SecondFactorRefused
        await self._uow.emit(TotpChanged(user_id=format_id("usr", user_id), enrolled=True))
        return await self.first_recovery_codes(user_id)

    async def remove_totp(self, user_id: UserId) -> None:
        """The app is no longer asked.

        Raises:
            TotpNotEnrolled
        """
        if not await self._mfa.remove_totp(user_id):
            raise TotpNotEnrolled
        await self._uow.emit(TotpChanged(user_id=format_id("usr", user_id), enrolled=False))

    async def use_totp(self, user_id: UUID, code: str) -> bool:
        """Whether the code is right; each is good once (RFC 6238 section 5.2)."""
        totp = await self._mfa.totp(user_id)
        step = None if totp is None else self._step_of(totp, code)
        return step is not None and await self._mfa.use_step(user_id, step)

    async def first_recovery_codes(self, user_id: UserId) -> list[str]:
        """Recovery codes for a person who has none left; shown once, here."""
        if await self._mfa.recovery_codes_left(user_id):
            return []
        return await self.replace_recovery_codes(user_id)

    async def replace_recovery_codes(self, user_id: UserId) -> list[str]:
        """New recovery codes, shown once, here; the earlier ones are void."""
        codes = [_new_recovery_code() for _ in range(RECOVERY_CODES)]
        await self._mfa.replace_recovery_codes(user_id, [_hash(user_id, code) for code in codes])
        await self._uow.emit(RecoveryCodesReplaced(user_id=format_id("usr", user_id)))
        return codes

    async def use_recovery_code(self, user_id: UUID, code: str) -> bool:
        """Whether the code is one of the person's, and was not used before."""
        if not await self._mfa.use_recovery_code(user_id, _hash(user_id, code), self._clock.now()):
            return False
        left = await self._mfa.recovery_codes_left(user_id)
        await self._uow.emit(RecoveryCodeUsed(user_id=format_id("usr", user_id), left=left))
        return True

    def _step_of(self, totp: Totp, code: str) -> int | None:
        """The time step that the code is of, around now; None for any other code."""
        secret = self._keyring.open(totp.sealed_secret, _context(totp.user_id)).decode()
        try:
            return TOTP(secret).verify_and_get_timecode(
                code.replace(" ", ""), for_time=self._clock.now(), valid_window=_DRIFT
            )
        except OTPVerificationError:
            return None


def _new_recovery_code() -> str:
    """80 random bits, in four groups of four characters."""
    text = base64.b32encode(secrets.token_bytes(_RECOVERY_CODE_BYTES)).decode().lower()
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


def _hash(user_id: UUID, code: str) -> bytes:
    """What is stored of a code, however it is typed; 80 random bits need no slow hash."""
    typed = "".join(character for character in code.lower() if character.isalnum())
    return hashlib.sha256(user_id.bytes + typed.encode()).digest()


def _context(user_id: UUID) -> str:
    return f"auth.totp.sealed_secret:{user_id}"
