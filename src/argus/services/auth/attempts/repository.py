"""SQL of attempts, by account and by network address."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import text

from argus.kernel.db.unit_of_work import UnitOfWork

FORGOTTEN_AFTER = timedelta(hours=1)
"""A subject without attempts for this long starts anew."""
_COUNT = text(
    "insert into auth.sign_in_attempt as a (subject, attempts, last_at, blocked_until)"
    " select subject, 1, :now, :forgotten"
    " from unnest(cast(:subjects as bytea[])) with ordinality asked (subject, nth)"
    " order by nth on conflict (subject) do update set"
    " attempts = case when a.last_at < :forgotten then 1 else a.attempts + 1 end,"
    " last_at = :now where a.blocked_until <= :now returning a.subject, a.attempts"
)
_FORGET = text("delete from auth.sign_in_attempt where subject = :account")
_GIVE_BACK = text(
    "update auth.sign_in_attempt"
    " set attempts = greatest(attempts - :spent, 0), blocked_until = :forgotten"
    " where subject = :address"
)


class AttemptRepository:
    """An attempt counts before it is made, so that parallel guesses count as well.

    Who is not blocked is so until long ago, not until now: of two that come at once, the one that
    looked at the clock first may be counted last.
    """

    def __init__(self, uow: UnitOfWork) -> None:
        self._session = uow.session

    async def count(self, subjects: Sequence[bytes], now: datetime) -> dict[bytes, int]:
        """Count an attempt of each subject that is not blocked, and lock them in this order;
        returns how many there were.
        """
        counted = await self._session.execute(
            _COUNT,
            {"subjects": list(subjects), "now": now, "forgotten": now - FORGOTTEN_AFTER},
        )
        return {bytes(subject): attempts for subject, attempts in counted}

    async def block(self, subject: bytes, until: datetime) -> None:
        """Refuse further attempts until then."""
        await self._session.execute(
            text("update auth.sign_in_attempt set blocked_until = :until where subject = :subject"),
            {"subject": subject, "until": until},
        )

    async def blocked_until(self, subjects: Sequence[bytes]) -> datetime | None:
        """Until when attempts of one of them are refused."""
        return await self._session.scalar(
            text(
                "select max(blocked_until) from auth.sign_in_attempt where subject = any(:subjects)"
            ),
            {"subjects": list(subjects)},
        )

    async def succeeded(self, account: bytes, address: bytes, spent: int, now: datetime) -> None:
        """Forget the account's failures, and take what was spent off the address: many share it."""
        await self._session.execute(_FORGET, {"account": account})
        await self._session.execute(
            _GIVE_BACK, {"address": address, "spent": spent, "forgotten": now - FORGOTTEN_AFTER}
        )

    async def forget(self, now: datetime) -> None:
        """Delete what no longer counts."""
        await self._session.execute(
            text(
                "delete from auth.sign_in_attempt"
                " where last_at < :forgotten and blocked_until <= :now"
            ),
            {"forgotten": now - FORGOTTEN_AFTER, "now": now},
        )
