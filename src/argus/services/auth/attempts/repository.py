"""SQL of attempts, by account and by network address."""

from datetime import datetime, timedelta

from sqlalchemy import text

from argus.kernel.db.unit_of_work import UnitOfWork

FORGOTTEN_AFTER = timedelta(hours=1)
"""A subject without attempts for this long starts anew."""


class AttemptRepository:
    """An attempt counts before it is made, so that parallel guesses count as well."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._session = uow.session

    async def count(self, subject: bytes, now: datetime) -> int | None:
        """Count an attempt; returns how many there were, or None while the subject is blocked."""
        return await self._session.scalar(
            text(
                "insert into auth.sign_in_attempt as a (subject, attempts, last_at, blocked_until)"
                " values (:subject, 1, :now, :now) on conflict (subject) do update set"
                " attempts = case when a.last_at < :forgotten then 1 else a.attempts + 1 end,"
                " last_at = :now where a.blocked_until <= :now returning a.attempts"
            ),
            {"subject": subject, "now": now, "forgotten": now - FORGOTTEN_AFTER},
        )

    async def block(self, subject: bytes, until: datetime) -> None:
        """Refuse further attempts until then."""
        await self._session.execute(
            text("update auth.sign_in_attempt set blocked_until = :until where subject = :subject"),
            {"subject": subject, "until": until},
        )

    async def blocked_until(self, subject: bytes) -> datetime | None:
        """Until when attempts are refused."""
        return await self._session.scalar(
            text("select blocked_until from auth.sign_in_attempt where subject = :subject"),
            {"subject": subject},
        )

    async def succeeded(self, account: bytes, address: bytes, spent: int, now: datetime) -> None:
        """Forget the account's failures, and take what was spent off the address: many share it."""
        await self._session.execute(
            text("delete from auth.sign_in_attempt where subject = :account"), {"account": account}
        )
        await self._session.execute(
            text(
                "update auth.sign_in_attempt"
                " set attempts = greatest(attempts - :spent, 0), blocked_until = :now"
                " where subject = :address"
            ),
            {"address": address, "spent": spent, "now": now},
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
