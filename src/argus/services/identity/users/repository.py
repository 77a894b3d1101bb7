"""SQL of users."""

from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert

from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.ids import UserId
from argus.services.identity.users.models import User

_BY_ADDRESS = select(User).where(User.email_key == bindparam("email_key"))


class UserRepository:
    """Users of the whole installation; not a tenant table."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._session = uow.session

    async def get(self, user_id: UserId) -> User | None:
        return await self._session.get(User, user_id)

    async def get_for_update(self, user_id: UserId) -> User | None:
        return await self._session.get(User, user_id, with_for_update=True)

    async def find(self, email_key: str) -> User | None:
        return await self._session.scalar(_BY_ADDRESS, {"email_key": email_key})

    async def add_unless_taken(
        self,
        *,
        user_id: UserId,
        email: str,
        email_key: str,
        email_verified: bool,
        name: str,
        now: datetime,
    ) -> User | None:
        """The new user; None when the address is taken, also by a registration under way."""
        return await self._session.scalar(
            insert(User)
            .values(
                id=user_id,
                email=email,
                email_key=email_key,
                email_verified=email_verified,
                name=name,
                created_at=now,
            )
            .on_conflict_do_nothing(index_elements=[User.email_key])
            .returning(User)
        )
