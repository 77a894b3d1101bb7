"""Setting passwords."""

from collections.abc import Iterable

from argus.contracts.auth.events import PasswordSet
from argus.kernel.clock import Clock
from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.ids import SessionId, UserId, format_id
from argus.services.auth.breached_passwords import BreachedPasswords
from argus.services.auth.email_proofs.models import Purpose
from argus.services.auth.email_proofs.repository import EmailProofRepository
from argus.services.auth.password_hasher import HashedPassword, PasswordHasher
from argus.services.auth.password_policy import weakness
from argus.services.auth.passwords.errors import PasswordRefused
from argus.services.auth.passwords.repository import PasswordRepository
from argus.services.auth.sessions.service import SessionService
from argus.services.auth.sign_in_flows.repository import SignInFlowRepository


class PasswordService:
    """A password that is set ends all that the old one began: sessions, those of clients too, and
    sign-ins under way; and what was mailed to replace it.
    """

    def __init__(self, uow: UnitOfWork, clock: Clock) -> None:
        self._uow, self._clock = uow, clock

    async def set(
        self, user_id: UserId, hashed: HashedPassword, *, but: SessionId | None = None
    ) -> None:
        """Store the password, that was hashed before this unit began; of sessions `but` lives."""
        now = self._clock.now()
        await PasswordRepository(self._uow).put(user_id, hashed, now)
        await EmailProofRepository(self._uow).void(user_id, Purpose.RESET_PASSWORD, now)
        await SignInFlowRepository(self._uow).end_all(user_id)
        await SessionService(self._uow, self._clock).revoke_all(user_id, "password", but=but)
        await self._uow.emit(PasswordSet(user_id=format_id("usr", user_id)))


class NewPasswords:
    """Takes passwords that somebody chose. Use it outside of a unit of work: it takes its time."""

    def __init__(self, hasher: PasswordHasher, breached: BreachedPasswords) -> None:
        self._hasher, self._breached = hasher, breached

    async def hash(self, password: str, personal: Iterable[str] = ()) -> HashedPassword:
        """What to store of it; `personal` are the person's own names and addresses.

        Raises:
            PasswordRefused: it is too easy to guess, or known from a breach.
            HashersBusy
        """
        why_not = weakness(password, personal)
        if why_not is None and await self._breached.contains(password):
            why_not = "it became public in a breach of another service"
        if why_not:
            raise PasswordRefused(why_not)
        return await self._hasher.hash(password)
