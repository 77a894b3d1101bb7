"""Service accounts of the caller's organization."""

from datetime import timedelta
from typing import Annotated

from fastapi import Query

from argus.contracts.permissions import Permission
from argus.kernel.authz import requires
from argus.kernel.errors import Forbidden, StepUpRequired, Unauthenticated
from argus.kernel.http.problems import problems
from argus.kernel.http.routing import CallDep, service_router
from argus.kernel.ids import format_id
from argus.services.auth.ids import PublicServiceAccountId
from argus.services.auth.service_accounts.errors import (
    PermissionNotGrantable,
    ServiceAccountNotFound,
)
from argus.services.auth.service_accounts.schemas import (
    ServiceAccountPage,
    ServiceAccountRequest,
    ServiceAccountView,
)
from argus.services.auth.service_accounts.service import ServiceAccountService

router = service_router("auth", prefix="/api/v1/service-accounts", tags=["service accounts"])

_READ = requires(Permission.SERVICE_ACCOUNT_READ)
_MANAGE = requires(Permission.SERVICE_ACCOUNT_MANAGE, fresh=timedelta(minutes=15))


@router.post(
    "",
    status_code=201,
    summary="Make a service account",
    responses=problems(Unauthenticated, StepUpRequired, Forbidden, PermissionNotGrantable),
    dependencies=[_MANAGE],
)
async def create_service_account(body: ServiceAccountRequest, call: CallDep) -> ServiceAccountView:
    """A principal that is no person. It acts through OAuth clients and API keys of its own."""
    account = await _service(call).create(body.name, body.permissions)
    return ServiceAccountView.model_validate(account)


@router.get(
    "",
    summary="List service accounts",
    responses=problems(Unauthenticated, Forbidden),
    dependencies=[_READ],
)
async def list_service_accounts(
    call: CallDep,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    cursor: PublicServiceAccountId | None = None,
) -> ServiceAccountPage:
    """The oldest first, disabled ones included. `cursor` is the `next_cursor` of the last page."""
    accounts, after = await _service(call).page(cursor, limit)
    return ServiceAccountPage(
        items=[ServiceAccountView.model_validate(account) for account in accounts],
        next_cursor=format_id("sa", after) if after else None,
    )


@router.get(
    "/{account_id}",
    summary="Look at a service account",
    responses=problems(Unauthenticated, Forbidden, ServiceAccountNotFound),
    dependencies=[_READ],
)
async def get_service_account(
    account_id: PublicServiceAccountId, call: CallDep
) -> ServiceAccountView:
    """What the account may do."""
    return ServiceAccountView.model_validate(await _service(call).get(account_id))


@router.put(
    "/{account_id}",
    summary="Change a service account",
    responses=problems(
        Unauthenticated, StepUpRequired, Forbidden, ServiceAccountNotFound, PermissionNotGrantable
    ),
    dependencies=[_MANAGE],
)
async def change_service_account(
    account_id: PublicServiceAccountId, body: ServiceAccountRequest, call: CallDep
) -> ServiceAccountView:
    """When the permissions change, the account's tokens end; its credentials get new ones."""
    account = await _service(call).change(account_id, body.name, body.permissions)
    return ServiceAccountView.model_validate(account)


@router.post(
    "/{account_id}/disable",
    status_code=204,
    summary="Disable a service account",
    responses=problems(Unauthenticated, StepUpRequired, Forbidden, ServiceAccountNotFound),
    dependencies=[_MANAGE],
)
async def disable_service_account(account_id: PublicServiceAccountId, call: CallDep) -> None:
    """For good, and at once: its tokens end, and its credentials get no new ones."""
    await _service(call).disable(account_id)


def _service(call: CallDep) -> ServiceAccountService:
    return ServiceAccountService(call.uow, call.clock)
