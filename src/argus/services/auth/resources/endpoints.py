"""Resources of the caller's organization: the APIs that its tokens can be for."""

from typing import Annotated

from fastapi import Query

from argus.contracts.permissions import Permission
from argus.kernel.authz import requires
from argus.kernel.errors import Forbidden, Unauthenticated
from argus.kernel.http.problems import problems
from argus.kernel.http.routing import CallDep, service_router
from argus.kernel.ids import format_id
from argus.services.auth.ids import PublicResourceId
from argus.services.auth.resources.errors import ResourceNotFound, ResourceTaken
from argus.services.auth.resources.registry import ResourceRegistry
from argus.services.auth.resources.schemas import (
    ResourceChange,
    ResourcePage,
    ResourceRequest,
    ResourceView,
)
from argus.services.auth.resources.service import ResourceService

router = service_router("auth", prefix="/api/v1/resources", tags=["resources"])

_READ = requires(Permission.CLIENT_READ)
_MANAGE = requires(Permission.CLIENT_MANAGE)


@router.post(
    "",
    status_code=201,
    summary="Register a resource",
    responses=problems(Unauthenticated, Forbidden, ResourceTaken),
    dependencies=[_MANAGE],
)
async def create_resource(body: ResourceRequest, call: CallDep) -> ResourceView:
    """An API that clients get tokens for. Its identifier cannot be changed afterwards."""
    resource = await _service(call).create(body.identifier, body.name, body.scopes)
    return ResourceView.model_validate(resource)


@router.get(
    "",
    summary="List resources",
    responses=problems(Unauthenticated, Forbidden),
    dependencies=[_READ],
)
async def list_resources(
    call: CallDep,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    cursor: PublicResourceId | None = None,
) -> ResourcePage:
    """The oldest first. `cursor` is the `next_cursor` of the page before."""
    resources, after = await _service(call).page(cursor, limit)
    return ResourcePage(
        items=[ResourceView.model_validate(resource) for resource in resources],
        next_cursor=format_id("res", after) if after else None,
    )


@router.get(
    "/{resource_id}",
    summary="Look at a resource",
    responses=problems(Unauthenticated, Forbidden, ResourceNotFound),
    dependencies=[_READ],
)
async def get_resource(resource_id: PublicResourceId, call: CallDep) -> ResourceView:
    """Its identifier and its scopes."""
    return ResourceView.model_validate(await _service(call).get(resource_id))


@router.put(
    "/{resource_id}",
    summary="Change a resource",
    responses=problems(Unauthenticated, Forbidden, ResourceNotFound),
    dependencies=[_MANAGE],
)
async def change_resource(
    resource_id: PublicResourceId, body: ResourceChange, call: CallDep
) -> ResourceView:
    """Its name and its scopes. Tokens that exist keep the scopes that they were given."""
    resource = await _service(call).change(resource_id, body.name, body.scopes)
    return ResourceView.model_validate(resource)


@router.delete(
    "/{resource_id}",
    status_code=204,
    summary="Delete a resource",
    responses=problems(Unauthenticated, Forbidden, ResourceNotFound),
    dependencies=[_MANAGE],
)
async def delete_resource(resource_id: PublicResourceId, call: CallDep) -> None:
    """No token is issued for it any more; those that exist live until they expire."""
    await _service(call).delete(resource_id)


def _service(call: CallDep) -> ResourceService:
    return ResourceService(call.uow, call.clock, call.resources.get(ResourceRegistry))
