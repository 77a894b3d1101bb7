"""Base of the repositories of tenant tables: every read starts at `scoped()`."""

from typing import Generic, TypeVar

from sqlalchemy import Select, select

from argus.kernel.db.models import Base, TenantMixin
from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.ids import OrganizationId


class TenantModel(TenantMixin, Base):
    """A mapped table with `organization_id`."""

    __abstract__ = True


M = TypeVar("M", bound=TenantModel)


class TenantRepository(Generic[M]):
    """SQL of one tenant table. The WHERE here is the second wall: RLS is the first."""

    model: type[M]

    def __init__(self, uow: UnitOfWork) -> None:
        self.session = uow.session
        self._uow = uow

    @property
    def organization_id(self) -> OrganizationId:
        return self._uow.organization_id

    def scoped(self) -> Select[M]:
        """Rows of the unit's organization."""
        return select(self.model).where(self.model.organization_id == self.organization_id)

    def unscoped(self, reason: str) -> Select[M]:
        """Rows of all organizations that RLS lets through; `reason` says why that is right."""
        assert reason
        return select(self.model)

    async def one_or_none(self, statement: Select[M]) -> M | None:
        return (await self.session.execute(statement)).scalar_one_or_none()

    async def all(self, statement: Select[M]) -> list[M]:
        return list((await self.session.execute(statement)).scalars())

    async def add(self, row: M) -> None:
        """Insert now, so that a broken constraint is met here and not at commit."""
        self.session.add(row)
        await self.session.flush()
