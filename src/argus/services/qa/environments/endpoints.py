"""Environments over HTTP."""

from typing import Annotated

from fastapi import Query

from argus.contracts.permissions import Permission
from argus.kernel.authz import requires
from argus.kernel.crypto import Keyring
from argus.kernel.errors import Forbidden, InvalidRequest, Unauthenticated
from argus.kernel.http.problems import problems
from argus.kernel.http.routing import CallDep, service_router
from argus.kernel.ids import format_id
from argus.services.qa.addresses import TargetRefused
from argus.services.qa.database.dsn import DatabaseRefused
from argus.services.qa.environments.errors import EnvironmentNameTaken, EnvironmentNotFound
from argus.services.qa.environments.schemas import (
    ChangeEnvironment,
    EnvironmentPage,
    EnvironmentView,
    NewEnvironment,
    PublicEnvironmentId,
)
from argus.services.qa.environments.service import EnvironmentService

router = service_router("qa", prefix="/api/v1/qa/environments", tags=["qa"])

_READ = requires(Permission.TEST_READ)
_WRITE = requires(Permission.TEST_WRITE)


@router.post(
    "",
    status_code=201,
    summary="Create an environment",
    responses=problems(
        Unauthenticated,
        Forbidden,
        EnvironmentNameTaken,
        TargetRefused,
        DatabaseRefused,
        InvalidRequest,
    ),
    dependencies=[_WRITE],
)
async def create_environment(body: NewEnvironment, call: CallDep) -> EnvironmentView:
    """A named place where an application runs, with the values and secrets of its tests there."""
    return EnvironmentView.model_validate(await _service(call).create(body))


@router.get(
    "",
    summary="List environments",
    responses=problems(Unauthenticated, Forbidden, InvalidRequest),
    dependencies=[_READ],
)
async def list_environments(
    call: CallDep,
    cursor: PublicEnvironmentId | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    name: Annotated[str | None, Query(max_length=60)] = None,
) -> EnvironmentPage:
    """The newest first. `cursor` is the `next_cursor` of the page before; `name`: only that one."""
    found = await _service(call).list_newest(cursor, limit + 1, name)
    page = [EnvironmentView.model_validate(each) for each in found[:limit]]
    more = len(found) > limit
    return EnvironmentPage(
        environments=page, next_cursor=format_id("env", page[-1].id) if more else None
    )


@router.get(
    "/{environment_id}",
    summary="Look at an environment",
    responses=problems(Unauthenticated, Forbidden, EnvironmentNotFound, InvalidRequest),
    dependencies=[_READ],
)
async def get_environment(environment_id: PublicEnvironmentId, call: CallDep) -> EnvironmentView:
    """Its variables, and the names of its secrets."""
    return EnvironmentView.model_validate(await _service(call).get(environment_id))


@router.patch(
    "/{environment_id}",
    summary="Change an environment",
    responses=problems(
        Unauthenticated,
        Forbidden,
        EnvironmentNotFound,
        TargetRefused,
        DatabaseRefused,
        InvalidRequest,
    ),
    dependencies=[_WRITE],
)
async def change_environment(
    environment_id: PublicEnvironmentId, body: ChangeEnvironment, call: CallDep
) -> EnvironmentView:
    """For runs that are started from now on; also those of schedules."""
    return EnvironmentView.model_validate(await _service(call).change(environment_id, body))


@router.delete(
    "/{environment_id}",
    status_code=204,
    summary="Delete an environment",
    responses=problems(Unauthenticated, Forbidden, EnvironmentNotFound, InvalidRequest),
    dependencies=[requires(Permission.TEST_DELETE)],
)
async def delete_environment(environment_id: PublicEnvironmentId, call: CallDep) -> None:
    """With its secrets. Schedules that name it start nothing until there is one of its name."""
    await _service(call).delete(environment_id)


def _service(call: CallDep) -> EnvironmentService:
    return EnvironmentService(call.uow, call.clock, call.resources.get(Keyring))
