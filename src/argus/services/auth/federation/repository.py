"""SQL of visits to providers."""

from datetime import datetime

from sqlalchemy import delete

from argus.kernel.db.unit_of_work import UnitOfWork
from argus.services.auth.federation.models import ProviderVisit


class ProviderVisitRepository:
    """A visit ends once, in one statement."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._session = uow.session

    async def add(self, visit: ProviderVisit) -> None:
        """A browser sets out."""
        self._session.add(visit)
        await self._session.flush()

    async def end(
        self, digest: bytes, browser: bytes, provider: str, now: datetime
    ) -> ProviderVisit | None:
        """The visit, if it is this browser's to this provider and not over; it is now."""
        return await self._session.scalar(
            delete(ProviderVisit)
            .where(
                ProviderVisit.hash == digest,
                ProviderVisit.browser_hash == browser,
                ProviderVisit.provider == provider,
                ProviderVisit.expires_at > now,
            )
            .returning(ProviderVisit)
        )

    async def delete_expired(self, now: datetime) -> None:
        """Forget who did not come back."""
        await self._session.execute(delete(ProviderVisit).where(ProviderVisit.expires_at <= now))
