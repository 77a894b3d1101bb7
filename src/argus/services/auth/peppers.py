"""Whose secrets only an earlier master key's pepper can tell."""

from datetime import datetime

from sqlalchemy import text

from argus.kernel.db.unit_of_work import UnitOfWork


async def count_under_earlier_peppers(uow: UnitOfWork, current: str, now: datetime) -> int:
    """Passwords and live API keys that have not been used since the master key was rotated.

    At its next use each comes under the current pepper, because only then it is known.
    """
    return await uow.session.scalar(
        text(
            "select (select count(*) from auth.password where pepper_id <> :current)"
            " + (select count(*) from auth.api_key where pepper_id <> :current"
            " and lookup is not null and revoked_at is null"
            " and (expires_at is null or expires_at > :now))"
        ),
        {"current": current, "now": now},
    )
