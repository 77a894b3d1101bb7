"""All SQL of the environments."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from argus.kernel.db.repository import TenantRepository
from argus.services.qa.environments.models import EnvironmentRow


class EnvironmentRepository(TenantRepository[EnvironmentRow]):
    """Environments of the caller's organization."""

    model = EnvironmentRow

    async def add_new(self, values: dict[str, Any]) -> EnvironmentRow | None:
        """Insert an environment; None if the organization has one of that name."""
        added = await self.session.scalars(
            insert(EnvironmentRow)
            .values(organization_id=self.organization_id, **values)
            .on_conflict_do_nothing(constraint="environment_name")
            .returning(EnvironmentRow)
        )
        return added.one_or_none()

    async def get(self, environment_id: UUID) -> EnvironmentRow | None:
        return await self.one_or_none(self.scoped().where(EnvironmentRow.id == environment_id))

    async def get_for_update(self, environment_id: UUID) -> EnvironmentRow | None:
        """Lock the row until the unit of work ends."""
        return await self.one_or_none(
            self.scoped().where(EnvironmentRow.id == environment_id).with_for_update()
        )

    async def named(self, name: str) -> EnvironmentRow | None:
        return await self.one_or_none(self.scoped().where(EnvironmentRow.name == name))

    async def list_newest(
        self, before: UUID | None, limit: int, name: str | None
    ) -> Sequence[EnvironmentRow]:
        statement = self.scoped().order_by(EnvironmentRow.id.desc()).limit(limit)
        if name is not None:
            statement = statement.where(EnvironmentRow.name == name)
        return await self.all(statement.where(EnvironmentRow.id < before) if before else statement)

    async def delete_all(self) -> Sequence[tuple[UUID, str]]:
        """Identifier and name of each that there was."""
        gone = await self.session.execute(
            delete(EnvironmentRow)
            .where(EnvironmentRow.organization_id == self.organization_id)
            .returning(EnvironmentRow.id, EnvironmentRow.name)
        )
        return [(row.id, row.name) for row in gone]

    async def delete(self, environment_id: UUID) -> str | None:
        """The name that it had; None if there is none."""
        return await self.session.scalar(
            delete(EnvironmentRow)
            .where(
                EnvironmentRow.id == environment_id,
                EnvironmentRow.organization_id == self.organization_id,
            )
            .returning(EnvironmentRow.name)
        )
