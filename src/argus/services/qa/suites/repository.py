"""All SQL of the suites."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import defer

from argus.kernel.db.repository import TenantRepository
from argus.services.qa.suites.models import SuiteRow, SuiteVersionRow


class SuiteRepository(TenantRepository[SuiteRow]):
    """Suites of the caller's organization."""

    model = SuiteRow

    async def get(self, suite_id: UUID) -> SuiteRow | None:
        return await self.one_or_none(self.scoped().where(SuiteRow.id == suite_id))

    async def get_for_update(self, suite_id: UUID) -> SuiteRow | None:
        """Lock the row until the unit of work ends."""
        return await self.one_or_none(
            self.scoped().where(SuiteRow.id == suite_id).with_for_update()
        )

    async def list_newest(self, before: UUID | None, limit: int) -> Sequence[SuiteRow]:
        statement = self.scoped().order_by(SuiteRow.id.desc()).limit(limit)
        return await self.all(statement.where(SuiteRow.id < before) if before else statement)

    async def delete(self, suite_id: UUID) -> bool:
        """With its versions; False if there is none."""
        gone = await self.session.scalar(
            delete(SuiteRow)
            .where(SuiteRow.id == suite_id, SuiteRow.organization_id == self.organization_id)
            .returning(SuiteRow.id)
        )
        return gone is not None


class SuiteVersionRepository(TenantRepository[SuiteVersionRow]):
    """Versions of suites."""

    model = SuiteVersionRow

    async def get(self, suite_id: UUID, number: int) -> SuiteVersionRow | None:
        return await self.one_or_none(
            self.scoped().where(
                SuiteVersionRow.suite_id == suite_id, SuiteVersionRow.number == number
            )
        )

    async def list_newest(
        self, suite_id: UUID, before: int | None, limit: int
    ) -> Sequence[SuiteVersionRow]:
        """Without what they hold."""
        statement = (
            self.scoped()
            .options(defer(SuiteVersionRow.content))
            .where(SuiteVersionRow.suite_id == suite_id)
            .order_by(SuiteVersionRow.number.desc())
            .limit(limit)
        )
        return await self.all(
            statement.where(SuiteVersionRow.number < before) if before else statement
        )
