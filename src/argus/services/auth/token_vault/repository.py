"""SQL of providers' tokens."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from argus.kernel.db.unit_of_work import UnitOfWork
from argus.services.auth.external_identities.models import ExternalIdentity
from argus.services.auth.token_vault.models import UpstreamToken


class UpstreamTokenRepository:
    """One row an identity."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._session = uow.session

    async def put(self, identity_id: UUID, sealed: bytes, now: datetime) -> None:
        """Keep these tokens instead of earlier ones."""
        kept: dict[str, object] = {
            "sealed_tokens": sealed,
            "obtained_at": now,
            "refreshing_until": None,
        }
        await self._session.execute(
            insert(UpstreamToken)
            .values(identity_id=identity_id, **kept)
            .on_conflict_do_update(constraint="upstream_token_pk", set_=kept)
        )

    async def of_user(
        self, user_id: UUID, provider: str
    ) -> tuple[ExternalIdentity, UpstreamToken] | None:
        """The user's latest identity at the provider for which there are tokens."""
        found = await self._session.execute(
            select(ExternalIdentity, UpstreamToken)
            .join(UpstreamToken, UpstreamToken.identity_id == ExternalIdentity.id)
            .where(
                ExternalIdentity.user_id == user_id,
                ExternalIdentity.provider == provider,
                ExternalIdentity.disabled_at.is_(None),
            )
            .order_by(ExternalIdentity.last_used_at.desc())
            .limit(1)
        )
        row = found.one_or_none()
        return (row[0], row[1]) if row else None

    async def claim_refresh(self, seen: UpstreamToken, now: datetime, until: datetime) -> bool:
        """Whether the caller alone may use the refresh token until then; False also when the tokens
        are no longer those that were seen.
        """
        claimed = await self._session.scalar(
            update(UpstreamToken)
            .where(
                UpstreamToken.identity_id == seen.identity_id,
                UpstreamToken.obtained_at == seen.obtained_at,
                or_(
                    UpstreamToken.refreshing_until.is_(None),
                    UpstreamToken.refreshing_until <= now,
                ),
            )
            .values(refreshing_until=until)
            .returning(UpstreamToken.identity_id)
        )
        return claimed is not None

    async def remove(self, identity_id: UUID) -> None:
        """Forget tokens that are good for nothing any more."""
        await self._session.execute(
            delete(UpstreamToken).where(UpstreamToken.identity_id == identity_id)
        )
