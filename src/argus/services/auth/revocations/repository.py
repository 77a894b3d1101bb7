"""Revocation epochs: which tokens died before they expired (ADR 0015).

A sequence is the clock. A token carries the epoch at which it was issued; revoking a subject
records a later one. A token is dead if one of its subjects was revoked after the token's epoch.
No wall clock is compared, so neither skew between replicas nor equal times can let a token slip.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from sqlalchemy import text

from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.ids import OrganizationId

_EVERYWHERE = UUID(int=0)
_FOR_EVER = (1 << 63) - 1
_CLIENTS = UUID("2486256d-8ce7-443d-a259-14576793c2e1")


def client_subject(client_id: str) -> UUID:
    """As what a client's tokens are revoked: its id is a text, and may be a URL."""
    return uuid5(_CLIENTS, client_id)


class Revocations:
    """Subjects are ids of users, service accounts, sessions, clients (`client_subject`),
    organizations and single tokens (`jti`): they share no value.
    """

    def __init__(self, uow: UnitOfWork) -> None:
        self._session = uow.session

    async def now(self) -> int:
        """The current epoch.

        Read it before what a token tells is read: whoever changes that bumps the epoch afterwards,
        and the token is dead rather than stale.
        """
        return await self._session.scalar(text("select last_value from auth.revocation_epoch"))

    async def revoke(
        self, subject: UUID, at: datetime, *, within: OrganizationId | None = None
    ) -> None:
        """End the tokens that `subject` has now; those issued later are good.

        `within` limits that to the tokens for one organization.
        """
        await self._session.execute(
            text(
                "insert into auth.revocation (subject, within, epoch, revoked_at)"
                " values (:subject, :within, nextval('auth.revocation_epoch'), :at)"
                " on conflict (subject, within) do update set revoked_at = excluded.revoked_at,"
                " epoch = greatest(revocation.epoch, excluded.epoch)"
            ),
            {"subject": subject, "within": within or _EVERYWHERE, "at": at},
        )

    async def end(self, subjects: Sequence[UUID], at: datetime) -> None:
        """End all tokens of `subjects`, also any that is being issued right now."""
        await self._session.execute(
            text(
                "insert into auth.revocation (subject, within, epoch, revoked_at)"
                " select subject, :within, :epoch, :at from unnest(cast(:subjects as uuid[]))"
                " subject"
                " on conflict (subject, within) do update set"
                " revoked_at = excluded.revoked_at, epoch = excluded.epoch"
            ),
            {
                "subjects": list(subjects),
                "within": _EVERYWHERE,
                "epoch": _FOR_EVER,
                "at": at,
            },
        )

    async def revoked_after(
        self, epoch: int, subjects: Sequence[UUID], organization_id: OrganizationId
    ) -> bool:
        """Whether a subject was revoked after `epoch`, everywhere or in the organization."""
        return await self._session.scalar(
            text(
                "select exists (select from auth.revocation"
                " where subject = any(:subjects) and within = any(:withins) and epoch > :epoch)"
            ),
            {
                "subjects": list(subjects),
                "withins": [_EVERYWHERE, organization_id],
                "epoch": epoch,
            },
        )

    async def forget(self, now: datetime, longest_life: timedelta) -> None:
        """Drop what concerns only tokens that have expired by now."""
        await self._session.execute(
            text("delete from auth.revocation where revoked_at < :until"),
            {"until": now - longest_life},
        )
