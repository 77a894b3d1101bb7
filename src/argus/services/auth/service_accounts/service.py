"""Life cycle of an organization's service accounts."""

from collections.abc import Iterable, Sequence

from argus.contracts.auth.events import (
    ServiceAccountChanged,
    ServiceAccountCreated,
    ServiceAccountDisabled,
)
from argus.contracts.permissions import CREDENTIALS, Permission
from argus.kernel.clock import Clock
from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.ids import format_id, new_id
from argus.kernel.principal import AuthenticationMethod, Principal
from argus.services.auth.ids import ServiceAccountId
from argus.services.auth.revocations.repository import Revocations
from argus.services.auth.service_accounts.errors import (
    PermissionNotGrantable,
    ServiceAccountNotFound,
)
from argus.services.auth.service_accounts.models import ServiceAccountRow
from argus.services.auth.service_accounts.repository import ServiceAccountRepository


class ServiceAccountService:
    """Accounts belong to the organization, and outlive the membership of who made them."""

    def __init__(self, uow: UnitOfWork, clock: Clock) -> None:
        self._uow, self._clock = uow, clock
        self._accounts = ServiceAccountRepository(uow)

    async def create(self, name: str, permissions: Sequence[str]) -> ServiceAccountRow:
        """A new account that may do this, as soon as it has a credential.

        Raises:
            PermissionNotGrantable
        """
        check_grantable(self._uow.principal, permissions)
        account = ServiceAccountRow(
            id=new_id(),
            organization_id=self._uow.organization_id,
            name=name,
            permissions=sorted(set(permissions)),
            created_by=self._uow.principal.id,
            created_at=self._clock.now(),
        )
        await self._accounts.add(account)
        await self._uow.emit(
            ServiceAccountCreated(
                service_account_id=format_id("sa", account.id),
                name=name,
                permissions=account.permissions,
            )
        )
        return account

    async def get(self, account_id: ServiceAccountId) -> ServiceAccountRow:
        """One account, disabled or not.

        Raises:
            ServiceAccountNotFound
        """
        account = await self._accounts.get(account_id)
        if account is None:
            raise ServiceAccountNotFound
        return account

    async def page(
        self, after: ServiceAccountId | None, limit: int
    ) -> tuple[list[ServiceAccountRow], ServiceAccountId | None]:
        """The accounts that follow `after`, the oldest first, and where the next page begins."""
        accounts = await self._accounts.page(after, limit + 1)
        more = len(accounts) > limit
        return accounts[:limit], ServiceAccountId(accounts[limit - 1].id) if more else None

    async def change(
        self, account_id: ServiceAccountId, name: str, permissions: Sequence[str]
    ) -> ServiceAccountRow:
        """Another name, and other permissions; tokens with the earlier ones end.

        Raises:
            ServiceAccountNotFound: unknown or disabled.
            PermissionNotGrantable: one that it did not have is not the caller's to give.
        """
        account = await self._get_for_update(account_id)
        check_grantable(self._uow.principal, set(permissions) - {*account.permissions})
        account.name = name
        changed = sorted(set(permissions))
        if changed != account.permissions:
            account.permissions = changed
            await Revocations(self._uow).revoke(account.id, self._clock.now())
            await self._uow.emit(
                ServiceAccountChanged(
                    service_account_id=format_id("sa", account.id), permissions=changed
                )
            )
        return account

    async def disable(self, account_id: ServiceAccountId) -> None:
        """End the account and all that its credentials got, for good.

        Raises:
            ServiceAccountNotFound: unknown, or disabled before.
        """
        await self._disable(await self._get_for_update(account_id))

    async def disable_all(self) -> None:
        """End all accounts of the organization."""
        for account in await self._accounts.list_enabled():
            await self._disable(account)

    async def check_may_speak_for(self, account_id: ServiceAccountId) -> None:
        """Let the caller make a credential of the account.

        Raises:
            ServiceAccountNotFound: unknown or disabled.
            PermissionNotGrantable: the account may do more than the caller, who would do it then.
        """
        account = await self._get_for_update(account_id)
        check_grantable(self._uow.principal, account.permissions)

    async def _get_for_update(self, account_id: ServiceAccountId) -> ServiceAccountRow:
        account = await self._accounts.get_for_update(account_id)
        if account is None or account.disabled_at is not None:
            raise ServiceAccountNotFound
        return account

    async def _disable(self, account: ServiceAccountRow) -> None:
        account.disabled_at = now = self._clock.now()
        await Revocations(self._uow).end([account.id], now)
        await self._uow.emit(ServiceAccountDisabled(service_account_id=format_id("sa", account.id)))


def check_grantable(granter: Principal, permissions: Iterable[str]) -> None:
    """Let the granter give these permissions to a machine.

    Raises:
        PermissionNotGrantable
    """
    grantable = {
        permission.value
        for permission in Permission
        if AuthenticationMethod.SERVICE_ACCOUNT in CREDENTIALS[permission]
    }
    refused = sorted(set(permissions) - (grantable & granter.permissions))
    if refused:
        raise PermissionNotGrantable(", ".join(refused), permissions=[*refused])
