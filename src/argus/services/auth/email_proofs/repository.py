"""SQL of mailed proofs. A proof is used in one statement, so once."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update

from argus.kernel.db.unit_of_work import UnitOfWork
from argus.services.auth.email_proofs.models import EmailProof, Purpose

MAX_ATTEMPTS = 5
"""Codes that may be tried against one proof."""


class EmailProofRepository:
    """Open means neither used, nor expired, nor out of attempts."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._session = uow.session

    async def add(self, proof: EmailProof) -> None:
        """A new proof."""
        self._session.add(proof)
        await self._session.flush()

    async def find_open(self, proof_id: UUID, now: datetime) -> EmailProof | None:
        """The proof, if it is still good."""
        return await self._session.scalar(
            select(EmailProof).where(
                EmailProof.id == proof_id,
                EmailProof.used_at.is_(None),
                EmailProof.expires_at > now,
            )
        )

    async def count_attempt(self, proof_id: UUID, now: datetime) -> EmailProof | None:
        """Count a code before it is checked; None when the proof is not open."""
        return await self._session.scalar(
            update(EmailProof)
            .where(
                EmailProof.id == proof_id,
                EmailProof.used_at.is_(None),
                EmailProof.expires_at > now,
                EmailProof.attempts < MAX_ATTEMPTS,
            )
            .values(attempts=EmailProof.attempts + 1)
            .returning(EmailProof)
        )

    async def use(self, proof_id: UUID, now: datetime) -> bool:
        """Use the proof up; of concurrent callers exactly one gets True."""
        used = await self._session.scalar(
            update(EmailProof)
            .where(
                EmailProof.id == proof_id,
                EmailProof.used_at.is_(None),
                EmailProof.expires_at > now,
            )
            .values(used_at=now)
            .returning(EmailProof.id)
        )
        return used is not None

    async def void(self, user_id: UUID, purpose: Purpose, now: datetime) -> None:
        """None of the user's open proofs of this purpose is good any more."""
        await self._session.execute(
            update(EmailProof)
            .where(
                EmailProof.user_id == user_id,
                EmailProof.purpose == purpose,
                EmailProof.used_at.is_(None),
            )
            .values(used_at=now)
        )

    async def delete_expired(self, now: datetime) -> None:
        """Drop what is good for nothing any more."""
        await self._session.execute(delete(EmailProof).where(EmailProof.expires_at <= now))
