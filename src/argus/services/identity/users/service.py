"""What happens to users after registration, which is `identity.registration`."""

from argus.contracts.identity.events import EmailVerified, UserDeactivated
from argus.kernel.clock import Clock
from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.ids import UserId, format_id
from argus.services.identity.addresses import EmailInvalid, address_key, parse_address
from argus.services.identity.users.errors import UserNotFound
from argus.services.identity.users.models import User
from argus.services.identity.users.repository import UserRepository


class UserService:
    """Users by id and address; their profile and their end."""

    def __init__(self, uow: UnitOfWork, clock: Clock) -> None:
        self._uow, self._clock, self._users = uow, clock, UserRepository(uow)

    async def get(self, user_id: UserId) -> User:
        """Active or not.

        Raises:
            UserNotFound
        """
        user = await self._users.get(user_id)
        if user is None:
            raise UserNotFound
        return user

    async def find_by_email(self, email: str) -> User | None:
        """The user with this address in any letter case; None too for what is no address."""
        try:
            return await self._users.find(address_key(parse_address(email)))
        except EmailInvalid:
            return None

    async def rename(self, user_id: UserId, name: str) -> User:
        """Raises UserNotFound."""
        user = await self.get(user_id)
        user.name = name
        return user

    async def verify_email(self, user_id: UserId) -> None:
        """The user has read mail at the account's address. Idempotent.

        Raises:
            UserNotFound
        """
        user = await self._users.get_for_update(user_id)
        if user is None:
            raise UserNotFound
        if not user.email_verified:
            user.email_verified = True
            await self._uow.emit(EmailVerified(user_id=format_id("usr", user_id)))

    async def deactivate(self, user_id: UserId) -> None:
        """End sign-in and tokens of the user; memberships stay. Idempotent.

        Raises:
            UserNotFound
        """
        user = await self._users.get_for_update(user_id)
        if user is None:
            raise UserNotFound
        if user.deactivated_at is None:
            user.deactivated_at = self._clock.now()
            await self._uow.emit(UserDeactivated(user_id=format_id("usr", user_id)))
