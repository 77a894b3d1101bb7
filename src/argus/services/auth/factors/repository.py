"""SQL of which second factors there are."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Uuid, bindparam, exists, select

from argus.kernel.db.unit_of_work import UnitOfWork
from argus.services.auth.mfa.models import RecoveryCode, Totp
from argus.services.auth.passkeys.models import Passkey

_USER = bindparam("user_id", type_=Uuid())
_OF_USER = select(
    exists().where(Totp.user_id == _USER, Totp.confirmed_at.is_not(None)),
    exists().where(Passkey.user_id == _USER),
    exists().where(RecoveryCode.user_id == _USER, RecoveryCode.used_at.is_(None)),
)


@dataclass(frozen=True)
class SetUp:
    """Which kinds of second factor a person has."""

    totp: bool
    """An authenticator app that was confirmed."""
    passkey: bool
    recovery_code: bool
    """One that was not used yet."""


class FactorRepository:
    """All kinds in one statement: every sign-in asks."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._session = uow.session

    async def of_user(self, user_id: UUID) -> SetUp:
        """What the person has."""
        found = await self._session.execute(_OF_USER, {"user_id": user_id})
        return SetUp(*found.one())
