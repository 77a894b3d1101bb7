"""Throttling of everything that can be guessed, per account and per network address."""

import math
from dataclasses import dataclass
from uuid import UUID

from argus.kernel.clock import Clock
from argus.kernel.crypto import Keyring
from argus.kernel.db.unit_of_work import Database, UnitOfWork
from argus.kernel.principal import Principal
from argus.services.auth.attempts.errors import TooManyAttempts
from argus.services.auth.attempts.repository import AttemptRepository
from argus.services.auth.sign_in_throttle import (
    FREE_MAILS,
    FREE_PER_ACCOUNT,
    FREE_PER_ADDRESS,
    address_subject,
    delay_after,
    named_subject,
)


@dataclass(frozen=True)
class Subject:
    """What attempts are counted of, and how many are free."""

    digest: bytes
    free: int


class Throttle:
    """Counts in units of work that are committed before the attempt is made: it counts although its
    request is refused.
    """

    def __init__(self, database: Database, keyring: Keyring, clock: Clock) -> None:
        self._database, self._clock = database, clock
        self._secret = keyring.derive("sign-in-attempts")

    def account(self, account: str) -> Subject:
        """Guesses of a password: by the user's id or, where there is none, the address typed in."""
        return Subject(named_subject(self._secret, "account", account), FREE_PER_ACCOUNT)

    def second_factor(self, user_id: UUID) -> Subject:
        """Guesses of a code; apart from passwords, since whoever knows one starts those anew."""
        return Subject(named_subject(self._secret, "second_factor", str(user_id)), FREE_PER_ACCOUNT)

    def user_codes(self, principal: Principal) -> Subject:
        """Guesses of the code that a device shows, by one person."""
        return Subject(named_subject(self._secret, "user_code", principal.id), FREE_PER_ACCOUNT)

    def mails(self, account: str) -> Subject:
        """Mails that were asked for, to one account."""
        return Subject(named_subject(self._secret, "mails", account), FREE_MAILS)

    def address(self, principal: Principal) -> Subject:
        """Attempts of all kinds from the caller's network address."""
        return Subject(address_subject(self._secret, principal.address), FREE_PER_ADDRESS)

    async def count(self, principal: Principal, *subjects: Subject) -> None:
        """Count an attempt of the caller: of `subjects`, and of the caller's address.

        Raises:
            TooManyAttempts: one of them is blocked; then none is counted.
        """
        async with self._database.unit_of_work(principal) as uow:
            await self.count_in(uow, *subjects)

    async def count_in(self, uow: UnitOfWork, *subjects: Subject) -> None:
        """The same in a unit of work that does nothing but what comes before the attempt.

        Raises:
            TooManyAttempts
        """
        now, attempts = self._clock.now(), AttemptRepository(uow)
        counted = (*subjects, self.address(uow.principal))
        digests = [subject.digest for subject in counted]
        counts = await attempts.count(digests, now)
        if len(counts) < len(counted):
            until = await attempts.blocked_until(digests) or now
            raise TooManyAttempts(retry_after_s=max(1, math.ceil((until - now).total_seconds())))
        for subject in counted:
            if delay := delay_after(counts[subject.digest], subject.free):
                await attempts.block(subject.digest, now + delay)

    async def succeeded(self, uow: UnitOfWork, subject: Subject, *, spent: int = 1) -> None:
        """Forget the subject's failures, and take the attempts that it took, asking for a mail
        included, off the caller's address.
        """
        await AttemptRepository(uow).succeeded(
            subject.digest, self.address(uow.principal).digest, spent, self._clock.now()
        )
