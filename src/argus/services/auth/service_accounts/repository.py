"""SQL of service accounts."""

from uuid import UUID

from sqlalchemy import func, select

from argus.kernel.db.repository import TenantRepository
from argus.services.auth.service_accounts.models import ServiceAccountRow


class ServiceAccountRepository(TenantRepository[ServiceAccountRow]):
    """Accounts of the unit's organization; by `find` also of whoever authenticates as one."""

    model = ServiceAccountRow

    async def find(self, account_id: UUID) -> ServiceAccountRow | None:
        """The account, of whatever organization.

        It waits for a change that is under way: a token that was issued by the account's earlier
        permissions must be older than the revocation that comes with their change.
        """
        await self._present(account_id)
        statement = self.unscoped(reason="its credential has not said yet whose it is")
        return await self.one_or_none(
            statement.where(ServiceAccountRow.id == account_id).with_for_update(read=True)
        )

    async def granted(self, account_id: UUID) -> frozenset[str] | None:
        """What the account may do now, of whatever organization; None once it is disabled."""
        await self._present(account_id)
        statement = self.unscoped(reason="its credential has not said yet whose it is")
        row = await self.one_or_none(statement.where(ServiceAccountRow.id == account_id))
        return None if row is None or row.disabled_at is not None else frozenset(row.permissions)

    async def get(self, account_id: UUID) -> ServiceAccountRow | None:
        """The account, if it is the organization's."""
        return await self.one_or_none(self.scoped().where(ServiceAccountRow.id == account_id))

    async def get_for_update(self, account_id: UUID) -> ServiceAccountRow | None:
        """The account, locked until the unit ends."""
        return await self.one_or_none(
            self.scoped().where(ServiceAccountRow.id == account_id).with_for_update()
        )

    async def page(self, after: UUID | None, limit: int) -> list[ServiceAccountRow]:
        """The next accounts, the oldest first, disabled ones included."""
        statement = self.scoped().order_by(ServiceAccountRow.id).limit(limit)
        return await self.all(statement.where(ServiceAccountRow.id > after) if after else statement)

    async def list_enabled(self) -> list[ServiceAccountRow]:
        """All accounts of the organization that nobody has disabled, locked."""
        return await self.all(
            self.scoped().where(ServiceAccountRow.disabled_at.is_(None)).with_for_update()
        )

    async def _present(self, account_id: UUID) -> None:
        """Let row-level security show this account to the unit."""
        await self.session.execute(
            select(func.set_config("argus.service_account_id", str(account_id), True))
        )
