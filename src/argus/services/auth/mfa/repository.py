"""SQL of one-time passwords and recovery codes. Each is used in one statement, so once."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import CursorResult, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from argus.kernel.db.unit_of_work import UnitOfWork
from argus.services.auth.mfa.models import RecoveryCode, Totp


class MfaRepository:
    """A user has at most one authenticator app, and one set of recovery codes."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._session = uow.session

    async def totp(self, user_id: UUID) -> Totp | None:
        """The app, confirmed or not."""
        return await self._session.scalar(select(Totp).where(Totp.user_id == user_id))

    async def has_totp(self, user_id: UUID) -> bool:
        """Whether a confirmed app is asked for codes."""
        statement = select(Totp.user_id).where(
            Totp.user_id == user_id, Totp.confirmed_at.is_not(None)
        )
        return await self._session.scalar(statement) is not None

    async def put_unconfirmed(self, user_id: UUID, sealed_secret: bytes, now: datetime) -> bool:
        """Begin to set up an app, in place of one that was not confirmed; False if one is."""
        values = {"sealed_secret": sealed_secret, "created_at": now, "last_step": 0}
        statement = (
            insert(Totp)
            .values(user_id=user_id, confirmed_at=None, **values)
            .on_conflict_do_update(
                index_elements=[Totp.user_id], set_=values, where=Totp.confirmed_at.is_(None)
            )
            .returning(Totp.user_id)
        )
        return await self._session.scalar(statement) is not None

    async def confirm(self, user_id: UUID, step: int, now: datetime) -> bool:
        """The app shows the right codes; False when it had been confirmed, or was removed."""
        statement = (
            update(Totp)
            .where(Totp.user_id == user_id, Totp.confirmed_at.is_(None))
            .values(confirmed_at=now, last_step=step)
            .returning(Totp.user_id)
        )
        return await self._session.scalar(statement) is not None

    async def use_step(self, user_id: UUID, step: int) -> bool:
        """Use up the code of a time step; False if it, or a later one, was used before."""
        statement = (
            update(Totp)
            .where(Totp.user_id == user_id, Totp.confirmed_at.is_not(None), Totp.last_step < step)
            .values(last_step=step)
            .returning(Totp.user_id)
        )
        return await self._session.scalar(statement) is not None

    async def remove_totp(self, user_id: UUID) -> bool:
        """Whether there was a confirmed app."""
        statement = delete(Totp).where(Totp.user_id == user_id).returning(Totp.confirmed_at)
        return await self._session.scalar(statement) is not None

    async def replace_recovery_codes(self, user_id: UUID, hashes: Sequence[bytes]) -> None:
        """These codes, and none of the earlier ones."""
        await self.remove_recovery_codes(user_id)
        self._session.add_all(
            RecoveryCode(user_id=user_id, hash=digest, used_at=None) for digest in hashes
        )
        await self._session.flush()

    async def remove_recovery_codes(self, user_id: UUID) -> None:
        """No code is good any more."""
        await self._session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))

    async def recovery_codes_left(self, user_id: UUID) -> int:
        """How many codes were not used yet."""
        statement = select(func.count()).where(
            RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None)
        )
        return await self._session.scalar(statement) or 0

    async def use_recovery_code(self, user_id: UUID, digest: bytes, now: datetime) -> bool:
        """Use up a code; False if there is none such, or it was used before."""
        result = await self._session.execute(
            update(RecoveryCode)
            .where(
                RecoveryCode.user_id == user_id,
                RecoveryCode.hash == digest,
                RecoveryCode.used_at.is_(None),
            )
            .values(used_at=now)
        )
        return cast("CursorResult[object]", result).rowcount == 1
