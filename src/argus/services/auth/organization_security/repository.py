"""SQL of what organizations demand."""

from sqlalchemy import func, select

from argus.kernel.db.repository import TenantRepository
from argus.kernel.ids import OrganizationId
from argus.services.auth.organization_security.models import SecurityRow


class SecurityRepository(TenantRepository[SecurityRow]):
    """At most one row an organization."""

    model = SecurityRow

    async def find(self, organization_id: OrganizationId) -> SecurityRow | None:
        """What that organization demands, whatever organization the unit is of."""
        await self.session.execute(
            select(func.set_config("argus.security_of", str(organization_id), True))
        )
        statement = self.unscoped(reason="who enters is measured before the unit is a tenant's")
        return await self.one_or_none(
            statement.where(SecurityRow.organization_id == organization_id)
        )

    async def get_for_update(self) -> SecurityRow | None:
        """The row of the unit's organization, locked until the unit ends."""
        return await self.one_or_none(self.scoped().with_for_update())
