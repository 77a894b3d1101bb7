"""Setting passwords."""

from collections.abc import Iterable

from argus.contracts.auth.events import PasswordSet
from argus.kernel.clock import Clock
from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.ids import UserId, format_id
from argus.services.auth.password_hasher import HashedPassword, PasswordHasher
from argus.services.auth.password_policy import weakness
from argus.services.auth.passwords.errors import PasswordRefused
from argus.services.auth.passwords.repository import PasswordRepository
from argus.services.auth.sessions.service import SessionService


class PasswordService:
    """A password that is set ends all sessions that the old one began."""

    def __init__(self, uow: UnitOfWork, clock: Clock) -> None:
        self._uow, self._clock = uow, clock

    async def set(self, user_id: UserId, hashed: HashedPassword) -> None:
        """Store the password, that was hashed before this unit began, and end the sessions."""
        await PasswordRepository(self._uow).put(user_id, hashed, self._clock.now())
        await SessionService(self._uow, self._clock).revoke_all(user_id, "password")
        await self._uow.emit(PasswordSet(user_id=format_id("usr", user_id)))


async def hash_new(
    hasher: PasswordHasher, password: str, personal: Iterable[str] = ()
) -> HashedPassword:
    """Hash a password that somebody chose; outside of a unit of work, since it takes its time.

    Raises:
        PasswordRefused: it is too easy to guess.
        HashersBusy
    """
    why_not = weakness(password, personal)
    if why_not:
        raise PasswordRefused(why_not)
    return await hasher.hash(password)
