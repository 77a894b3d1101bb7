"""Whom a machine's credential speaks for."""

from dataclasses import dataclass

from argus.kernel.db.unit_of_work import Database
from argus.kernel.ids import OrganizationId
from argus.kernel.principal import system
from argus.services.auth.ids import ServiceAccountId
from argus.services.auth.service_accounts.models import ServiceAccountRow
from argus.services.auth.service_accounts.repository import ServiceAccountRepository


@dataclass(frozen=True)
class ServiceAccount:
    """A principal of an organization that is no person, as its credentials speak for it."""

    id: ServiceAccountId
    organization_id: OrganizationId
    permissions: frozenset[str]


class ServiceAccountRegistry:
    """Finds service accounts. Use it outside of a begun unit of work: it opens its own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, account_id: ServiceAccountId) -> ServiceAccount | None:
        """The account, of whatever organization; None if there is none, or it is disabled."""
        async with self._database.unit_of_work(system("auth")) as uow:
            row = await ServiceAccountRepository(uow).find(account_id)
        return None if row is None else account_of(row)


def account_of(row: ServiceAccountRow) -> ServiceAccount | None:
    """The account of this row, unless it is disabled."""
    if row.disabled_at is not None:
        return None
    return ServiceAccount(
        ServiceAccountId(row.id), OrganizationId(row.organization_id), frozenset(row.permissions)
    )
