"""SQL of passwords."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, bindparam, delete, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert

from argus.kernel.db.unit_of_work import UnitOfWork
from argus.services.auth.password_hasher import HashedPassword
from argus.services.auth.passwords.models import Password

_OF_USER = select(Password.hash, Password.pepper_id).where(Password.user_id == bindparam("user_id"))
_OF_USER_AT_EPOCH = _OF_USER.add_columns(
    literal_column("(select last_value from auth.revocation_epoch)", BigInteger).label("epoch")
)
_STILL = (
    select(Password.user_id)
    .where(Password.user_id == bindparam("user_id"), Password.hash == bindparam("hash"))
    .with_for_update(read=True)
)


class PasswordRepository:
    """One row a user."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._session = uow.session

    async def get(self, user_id: UUID) -> HashedPassword | None:
        """The user's password, if there is one."""
        found = await self._session.execute(_OF_USER, {"user_id": user_id})
        row = found.one_or_none()
        return HashedPassword(row.hash, row.pepper_id) if row else None

    async def get_at_epoch(self, user_id: UUID) -> tuple[HashedPassword, int] | None:
        """The same with the epoch at that moment (see `Revocations.now`)."""
        found = await self._session.execute(_OF_USER_AT_EPOCH, {"user_id": user_id})
        row = found.one_or_none()
        return (HashedPassword(row.hash, row.pepper_id), row.epoch) if row else None

    async def put(self, user_id: UUID, password: HashedPassword, now: datetime) -> None:
        """Set or replace the user's password."""
        values = {"hash": password.hash, "pepper_id": password.pepper_id, "set_at": now}
        await self._session.execute(
            insert(Password)
            .values(user_id=user_id, **values)
            .on_conflict_do_update(index_elements=[Password.user_id], set_=values)
        )

    async def is_still(self, user_id: UUID, password: HashedPassword) -> bool:
        """Whether it has not been replaced; nobody replaces it before this unit ends."""
        found = await self._session.execute(_STILL, {"user_id": user_id, "hash": password.hash})
        return found.one_or_none() is not None

    async def rehash(self, user_id: UUID, password: HashedPassword) -> None:
        """Store the same password, hashed anew."""
        await self._session.execute(
            update(Password)
            .where(Password.user_id == user_id)
            .values(hash=password.hash, pepper_id=password.pepper_id)
        )

    async def remove(self, user_id: UUID) -> None:
        """The user has no password any more."""
        await self._session.execute(delete(Password).where(Password.user_id == user_id))
