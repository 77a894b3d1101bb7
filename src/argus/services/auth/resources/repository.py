"""SQL of resources."""

from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from argus.kernel.db.repository import TenantRepository
from argus.services.auth.resources.models import ResourceRow


class ResourceRepository(TenantRepository[ResourceRow]):
    """Resources of the unit's organization; by `find` whoever names one reads its row."""

    model = ResourceRow

    async def find(self, lookup: str) -> ResourceRow | None:
        """The resource in its comparable spelling, of whatever organization."""
        await self.session.execute(select(func.set_config("argus.resource", lookup, True)))
        statement = self.unscoped(reason="tokens may be for another organization's API")
        return await self.one_or_none(statement.where(ResourceRow.lookup == lookup))

    async def add_new(self, values: dict[str, Any]) -> ResourceRow | None:
        """Insert a resource; None if any organization has its identifier."""
        added = await self.session.scalars(
            insert(ResourceRow)
            .values(organization_id=self.organization_id, **values)
            .on_conflict_do_nothing(constraint="resource_lookup")
            .returning(ResourceRow)
        )
        return added.one_or_none()

    async def get(self, resource_id: UUID) -> ResourceRow | None:
        """The resource, if it is the organization's."""
        return await self.one_or_none(self.scoped().where(ResourceRow.id == resource_id))

    async def get_for_update(self, resource_id: UUID) -> ResourceRow | None:
        """The resource, locked until the unit ends."""
        return await self.one_or_none(
            self.scoped().where(ResourceRow.id == resource_id).with_for_update()
        )

    async def page(self, after: UUID | None, limit: int) -> list[ResourceRow]:
        """The next resources, the oldest first."""
        statement = self.scoped().order_by(ResourceRow.id).limit(limit)
        return await self.all(statement.where(ResourceRow.id > after) if after else statement)

    async def list_all(self) -> list[ResourceRow]:
        """All resources of the organization, locked."""
        return await self.all(self.scoped().with_for_update())

    async def delete(self, resource: ResourceRow) -> None:
        """Delete it; no token is issued for it any more."""
        await self.session.delete(resource)
        await self.session.flush()
