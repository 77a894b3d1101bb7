"""Revocation epochs: which tokens died before they expired (ADR 0015).

A sequence is the clock. A token carries the epoch at which it was issued; revoking a subject
records a later one. A token is dead if one of its subjects was revoked after the token's epoch.
No wall clock is compared, so neither skew between replicas nor equal times can let a token slip.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid5

import orjson
from sqlalchemy import Row, text

from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.ids import OrganizationId
from argus.services.auth.revocations.picture import EVERYWHERE

CHANNEL = "argus_auth_revocation"
"""Tells all processes what was revoked: `[[subject, within, epoch], …]`, ids as 32 hex digits."""
_ROWS_PER_NOTIFICATION = 80
"""A notification holds less than 8000 bytes, and a row here at most 93."""
_NOW = text("select last_value from auth.revocation_epoch")
_FOR_EVER = (1 << 63) - 1
_CLIENTS = UUID("2486256d-8ce7-443d-a259-14576793c2e1")
_SIGNING_KEYS = UUID("9c0f2a61-6a4e-4c43-8d0f-54cbb1f6a0c7")
_RESOURCES = UUID("4d1f0c0e-5b7c-4a53-8f0a-3f2f6f4b9e61")
_IDENTITIES = UUID("b7e1d7f2-61a5-4a0e-9f1d-0c2f7b3f5d18")
IMPORTED_KEYS = UUID("f3b8a6c4-2d7e-4b7c-8a55-6f0f5f1e9b23")
"""Touched when keys are imported: only those can have been presented, and unknown, before."""
_TOUCHED = UUID("6d2c2a5e-4b0f-4a57-9c53-8c1f3f2a7e10")


def client_subject(client_id: str) -> UUID:
    """As what a client's tokens are revoked: its id is a text, and may be a URL."""
    return uuid5(_CLIENTS, client_id)


def signing_key_subject(kid: str) -> UUID:
    """As what the tokens that a key signed are revoked."""
    return uuid5(_SIGNING_KEYS, kid)


def resource_subject(lookup: str) -> UUID:
    """What is touched when a resource, in its comparable spelling, changes."""
    return uuid5(_RESOURCES, lookup)


def identity_subject(issuer: str, subject: str) -> UUID:
    """Whom another system knows: touched when an account is linked to them, or no more."""
    return uuid5(_IDENTITIES, f"{issuer}\n{subject}")


def touched(subject: UUID) -> UUID:
    """What changes when `subject` is touched: no token dies of it, cached answers do."""
    return uuid5(_TOUCHED, subject.hex)


class Revocations:
    """Subjects are ids of users, service accounts, sessions, clients (`client_subject`), signing
    keys (`signing_key_subject`), organizations and single tokens (`jti`): they share no value.
    """

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow, self._session = uow, uow.session

    async def now(self) -> int:
        """The current epoch.

        Read it before what a token tells is read: whoever changes that bumps the epoch afterwards,
        and the token is dead rather than stale.
        """
        return await self._session.scalar(_NOW)

    async def revoke(
        self, subject: UUID, at: datetime, *, within: OrganizationId | None = None
    ) -> None:
        """End the tokens that `subject` has now; those issued later are good.

        `within` limits that to the tokens for one organization.
        """
        revoked = await self._session.execute(
            text(
                "insert into auth.revocation (subject, within, epoch, revoked_at)"
                " values (:subject, :within, nextval('auth.revocation_epoch'), :at)"
                " on conflict (subject, within) do update set revoked_at = excluded.revoked_at,"
                " epoch = greatest(revocation.epoch, excluded.epoch)"
                " returning subject, within, epoch"
            ),
            {"subject": subject, "within": within or EVERYWHERE, "at": at},
        )
        await self._tell(revoked.all())

    async def touch(self, subject: UUID, at: datetime) -> None:
        """Have every process ask anew what it remembers of `subject`; no token ends.

        For what is read on each validation and may change without an end: a key's expiry, scopes
        or roles.
        """
        await self.revoke(touched(subject), at)

    async def end(self, subjects: Sequence[UUID], at: datetime) -> None:
        """End all tokens of `subjects`, also any that is being issued right now."""
        ended = await self._session.execute(
            text(
                "insert into auth.revocation (subject, within, epoch, revoked_at)"
                " select subject, :within, :epoch, :at from unnest(cast(:subjects as uuid[]))"
                " subject"
                " on conflict (subject, within) do update set"
                " revoked_at = excluded.revoked_at, epoch = excluded.epoch"
                " returning subject, within, epoch"
            ),
            {
                "subjects": list(subjects),
                "within": EVERYWHERE,
                "epoch": _FOR_EVER,
                "at": at,
            },
        )
        await self._tell(ended.all())

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
                "withins": [EVERYWHERE, organization_id],
                "epoch": epoch,
            },
        )

    async def forget(self, now: datetime, longest_life: timedelta) -> None:
        """Drop what concerns only tokens that have expired by now."""
        await self._session.execute(
            text("delete from auth.revocation where revoked_at < :until"),
            {"until": now - longest_life},
        )

    async def _tell(self, rows: Sequence[Row[UUID, UUID, int]]) -> None:
        """Notify all processes when this unit commits."""
        told = [(subject.hex, within.hex, epoch) for subject, within, epoch in rows]
        for start in range(0, len(told), _ROWS_PER_NOTIFICATION):
            part = told[start : start + _ROWS_PER_NOTIFICATION]
            await self._uow.notify(CHANNEL, orjson.dumps(part).decode())
