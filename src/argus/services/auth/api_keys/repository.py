"""SQL of API keys."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, any_, cast, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA

from argus.kernel.db.repository import TenantRepository
from argus.kernel.ids import OrganizationId
from argus.services.auth.api_keys.models import ApiKey, PresentedKey

USE_RESOLUTION = timedelta(minutes=1)
"""The last use is written at most this often."""
SHORTEST_HINT, LONGEST_HINT = 8, 16
"""Characters of a key that are kept to be shown, and to find the slow hash to ask."""


class ApiKeyRepository(TenantRepository[ApiKey]):
    """Keys of the unit's organization; by `find` also whoever presents a key reads its row."""

    model = ApiKey

    async def find(self, lookups: Sequence[bytes]) -> dict[bytes, PresentedKey]:
        """The keys with these HMACs, of whatever organization."""
        presented = ",".join([f"\\x{lookup.hex()}" for lookup in lookups])
        await self.session.execute(
            select(func.set_config("argus.api_key_lookups", presented, True))
        )
        statement = self.unscoped(reason="the key says which organization it is of")
        together = cast(func.string_to_array(presented, ","), ARRAY(BYTEA))
        found = await self._presented(statement.where(ApiKey.lookup == any_(together)))
        return {key.lookup: key for key in found if key.lookup is not None}

    async def list_unrecognised(
        self, presented: str, pepper_ids: Sequence[str]
    ) -> list[PresentedKey]:
        """Keys of whatever organization that may be this one, and that no HMAC under one of these
        peppers tells.
        """
        hints = [presented[:length] for length in range(SHORTEST_HINT, LONGEST_HINT + 1)]
        await self.session.execute(
            select(func.set_config("argus.api_key_hints", ",".join(hints), True))
        )
        statement = self.unscoped(reason="the key says which organization it is of")
        return await self._presented(
            statement.where(
                ApiKey.hint.in_(hints),
                ApiKey.slow_hash.is_not(None),
                or_(ApiKey.lookup.is_(None), ApiKey.pepper_id.not_in(pepper_ids)),
            ).order_by(ApiKey.id)
        )

    async def _presented(self, statement: Select[ApiKey]) -> list[PresentedKey]:
        """Plain rows: they are read for every key that is presented for the first time."""
        columns = [getattr(ApiKey, name) for name in PresentedKey._fields]
        rows = await self.session.execute(statement.with_only_columns(*columns))
        return [PresentedKey(*row) for row in rows]

    async def get(self, key_id: UUID) -> ApiKey | None:
        """The key, if it is the organization's."""
        return await self.one_or_none(self.scoped().where(ApiKey.id == key_id))

    async def get_for_update(self, key_id: UUID) -> ApiKey | None:
        """The key, locked until the unit ends."""
        return await self.one_or_none(self.scoped().where(ApiKey.id == key_id).with_for_update())

    async def list_of(self, user_id: UUID) -> list[ApiKey]:
        """The person's access tokens for the organization, the newest first."""
        return await self.all(
            self.scoped().where(ApiKey.user_id == user_id).order_by(ApiKey.id.desc())
        )

    async def list_organizations_of(self, user_id: UUID) -> list[OrganizationId]:
        """The organizations for which the person has access tokens that nobody has revoked."""
        await self.session.execute(
            select(func.set_config("argus.api_key_user", str(user_id), True))
        )
        statement = self.unscoped(reason="a person has tokens for several organizations")
        found = await self.all(
            statement.where(ApiKey.user_id == user_id, ApiKey.revoked_at.is_(None))
        )
        return sorted({key.organization_id for key in found})

    async def lock_person(self, user_id: UUID) -> None:
        """Let nobody else change what the person's access tokens may do before this unit ends."""
        await self.session.execute(
            text("select pg_advisory_xact_lock(hashtextextended('auth.api_key:' || :id, 0))"),
            {"id": str(user_id)},
        )

    async def set_roles(self, user_id: UUID, roles: Sequence[str]) -> None:
        """The person has these roles in the organization now."""
        await self.session.execute(
            update(ApiKey)
            .where(ApiKey.organization_id == self.organization_id, ApiKey.user_id == user_id)
            .values(roles=list(roles))
        )

    async def page(self, after: UUID | None, limit: int) -> list[ApiKey]:
        """The next keys, the oldest first, ended ones included."""
        statement = self.scoped().order_by(ApiKey.id).limit(limit)
        return await self.all(statement.where(ApiKey.id > after) if after else statement)

    async def list_unrevoked(self, user_id: UUID | None = None) -> list[ApiKey]:
        """Keys of the organization, or one person's for it, that nobody has revoked, locked."""
        statement = self.scoped().where(ApiKey.revoked_at.is_(None)).with_for_update()
        return await self.all(statement.where(ApiKey.user_id == user_id) if user_id else statement)

    async def record_uses(self, uses: Mapping[UUID, datetime]) -> None:
        """Write last uses, of keys of any organization that the unit may see."""
        await self.session.execute(
            text(
                "update auth.api_key k set last_used_at = u.at"
                " from unnest(cast(string_to_array(:ids, ',') as uuid[]),"
                " cast(string_to_array(:ats, ',') as timestamptz[])) as u (id, at)"
                " where k.id = u.id"
                " and (k.last_used_at is null or k.last_used_at <= u.at - :resolution)"
            ),
            {
                # As texts: the driver writes arrays element by element, in Python.
                "ids": ",".join([key_id.hex for key_id in uses]),
                "ats": ",".join([at.isoformat() for at in uses.values()]),
                "resolution": USE_RESOLUTION,
            },
        )

    async def record_lookups(self, lookups: Mapping[UUID, bytes], pepper_id: str) -> None:
        """From now on these keys are told by their HMAC under the current pepper."""
        await self.session.execute(
            text(
                "update auth.api_key k set lookup = u.lookup, pepper_id = :pepper_id"
                " from unnest(cast(:ids as uuid[]), cast(:lookups as bytea[])) as u (id, lookup)"
                " where k.id = u.id"
            ),
            {"ids": list(lookups), "lookups": list(lookups.values()), "pepper_id": pepper_id},
        )

    async def record_slow_hashes(self, hashes: Mapping[UUID, str]) -> None:
        """Keep these hashes of keys."""
        await self.session.execute(
            text(
                "update auth.api_key k set slow_hash = u.hash"
                " from unnest(cast(:ids as uuid[]), cast(:hashes as text[])) as u (id, hash)"
                " where k.id = u.id and k.slow_hash is null"
            ),
            {"ids": list(hashes), "hashes": list(hashes.values())},
        )
