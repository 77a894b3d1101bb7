"""SQL of API keys."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, text

from argus.kernel.db.repository import TenantRepository
from argus.services.auth.api_keys.models import ApiKey

USE_RESOLUTION = timedelta(minutes=1)
"""The last use is written at most this often."""


class ApiKeyRepository(TenantRepository[ApiKey]):
    """Keys of the unit's organization; by `find` also whoever presents a key reads its row."""

    model = ApiKey

    async def find(self, lookups: Sequence[bytes]) -> ApiKey | None:
        """The key with one of these HMACs, of whatever organization."""
        presented = ",".join(f"\\x{lookup.hex()}" for lookup in lookups)
        await self.session.execute(
            select(func.set_config("argus.api_key_lookups", presented, True))
        )
        statement = self.unscoped(reason="the key says which organization it is of")
        return await self.one_or_none(statement.where(ApiKey.lookup.in_(lookups)))

    async def get(self, key_id: UUID) -> ApiKey | None:
        """The key, if it is the organization's."""
        return await self.one_or_none(self.scoped().where(ApiKey.id == key_id))

    async def get_for_update(self, key_id: UUID) -> ApiKey | None:
        """The key, locked until the unit ends."""
        return await self.one_or_none(self.scoped().where(ApiKey.id == key_id).with_for_update())

    async def page(self, after: UUID | None, limit: int) -> list[ApiKey]:
        """The next keys, the oldest first, ended ones included."""
        statement = self.scoped().order_by(ApiKey.id).limit(limit)
        return await self.all(statement.where(ApiKey.id > after) if after else statement)

    async def list_unrevoked(self) -> list[ApiKey]:
        """All keys of the organization that nobody has revoked, locked."""
        return await self.all(self.scoped().where(ApiKey.revoked_at.is_(None)).with_for_update())

    async def record_uses(self, uses: Mapping[UUID, datetime]) -> None:
        """Write last uses, of keys of any organization that the unit may see."""
        await self.session.execute(
            text(
                "update auth.api_key k set last_used_at = u.at"
                " from unnest(cast(:ids as uuid[]), cast(:ats as timestamptz[])) as u (id, at)"
                " where k.id = u.id"
                " and (k.last_used_at is null or k.last_used_at <= u.at - :resolution)"
            ),
            {
                "ids": list(uses),
                "ats": list(uses.values()),
                "resolution": USE_RESOLUTION,
            },
        )
