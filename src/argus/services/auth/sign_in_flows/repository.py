"""SQL of sign-ins under way. Only the hash of a flow's secret is stored."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update

from argus.kernel.db.unit_of_work import UnitOfWork
from argus.services.auth.sign_in_flows.models import SignInFlow

MAX_ATTEMPTS = 5
"""Proofs that may be tried in one flow."""


class SignInFlowRepository:
    """Open means neither completed, nor expired, nor out of attempts."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._session = uow.session

    async def add(self, flow: SignInFlow) -> None:
        """A new flow."""
        self._session.add(flow)
        await self._session.flush()

    async def find(self, digest: bytes, now: datetime) -> SignInFlow | None:
        """The open flow."""
        return await self._session.scalar(
            select(SignInFlow).where(
                SignInFlow.hash == digest,
                SignInFlow.expires_at > now,
                SignInFlow.attempts < MAX_ATTEMPTS,
            )
        )

    async def count_attempt(self, digest: bytes, now: datetime) -> SignInFlow | None:
        """Count a proof before it is checked; None when the flow is not open."""
        return await self._session.scalar(
            update(SignInFlow)
            .where(
                SignInFlow.hash == digest,
                SignInFlow.expires_at > now,
                SignInFlow.attempts < MAX_ATTEMPTS,
            )
            .values(attempts=SignInFlow.attempts + 1)
            .returning(SignInFlow)
        )

    async def complete(self, digest: bytes) -> bool:
        """End the flow with success; of concurrent callers exactly one gets True."""
        statement = delete(SignInFlow).where(SignInFlow.hash == digest).returning(SignInFlow.hash)
        return await self._session.scalar(statement) is not None

    async def end_all(self, user_id: UUID) -> None:
        """The user's first factor is not what it was."""
        await self._session.execute(delete(SignInFlow).where(SignInFlow.user_id == user_id))

    async def end_begun_with(self, identity_id: UUID) -> None:
        """The linked identity that was the first factor is none any more."""
        await self._session.execute(delete(SignInFlow).where(SignInFlow.identity_id == identity_id))

    async def delete_expired(self, now: datetime) -> None:
        """Drop flows that nobody completed."""
        await self._session.execute(delete(SignInFlow).where(SignInFlow.expires_at <= now))
