"""Life cycle of an organization's resources."""

from collections.abc import Mapping

from argus.contracts.auth.events import ResourceChanged, ResourceCreated, ResourceDeleted
from argus.kernel.clock import Clock
from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.ids import format_id, new_id
from argus.services.auth.ids import ResourceId
from argus.services.auth.resources.errors import ResourceNotFound, ResourceTaken
from argus.services.auth.resources.models import ResourceRow
from argus.services.auth.resources.registry import ResourceRegistry
from argus.services.auth.resources.repository import ResourceRepository
from argus.services.auth.resources.resource import comparable
from argus.services.auth.revocations.repository import Revocations, resource_subject


class ResourceService:
    """An identifier is one organization's: whoever registers it first says what its scopes are."""

    def __init__(self, uow: UnitOfWork, clock: Clock, registry: ResourceRegistry) -> None:
        self._uow, self._clock, self._registry = uow, clock, registry
        self._resources = ResourceRepository(uow)

    async def create(self, identifier: str, name: str, scopes: Mapping[str, str]) -> ResourceRow:
        """Register the identifier; it cannot be changed afterwards, because tokens hold it.

        Raises:
            ResourceTaken
        """
        if self._registry.is_platforms(identifier):
            raise ResourceTaken
        resource = await self._resources.add_new(
            {
                "id": new_id(),
                "identifier": identifier,
                "lookup": comparable(identifier),
                "name": name,
                "scopes": dict(scopes),
                "created_by": self._uow.principal.id,
                "created_at": self._clock.now(),
            }
        )
        if resource is None:
            raise ResourceTaken
        await self._uow.emit(
            ResourceCreated(resource_id=format_id("res", resource.id), identifier=identifier)
        )
        return resource

    async def get(self, resource_id: ResourceId) -> ResourceRow:
        """One resource.

        Raises:
            ResourceNotFound
        """
        resource = await self._resources.get(resource_id)
        if resource is None:
            raise ResourceNotFound
        return resource

    async def page(
        self, after: ResourceId | None, limit: int
    ) -> tuple[list[ResourceRow], ResourceId | None]:
        """The resources that follow `after`, the oldest first, and where the next page begins."""
        resources = await self._resources.page(after, limit + 1)
        more = len(resources) > limit
        return resources[:limit], ResourceId(resources[limit - 1].id) if more else None

    async def change(
        self, resource_id: ResourceId, name: str, scopes: Mapping[str, str]
    ) -> ResourceRow:
        """Another name and other scopes. Tokens that exist keep the scopes that they were given.

        Raises:
            ResourceNotFound
        """
        resource = await self._get_for_update(resource_id)
        resource.name, resource.scopes = name, dict(scopes)
        await self._touch(resource)
        await self._uow.emit(
            ResourceChanged(resource_id=format_id("res", resource.id), scopes=sorted(scopes))
        )
        return resource

    async def delete(self, resource_id: ResourceId) -> None:
        """Issue no token for it any more; those that exist live until they expire.

        Raises:
            ResourceNotFound
        """
        await self._delete(await self._get_for_update(resource_id))

    async def delete_all(self) -> None:
        """Delete all resources of the organization."""
        for resource in await self._resources.list_all():
            await self._delete(resource)

    async def _get_for_update(self, resource_id: ResourceId) -> ResourceRow:
        resource = await self._resources.get_for_update(resource_id)
        if resource is None:
            raise ResourceNotFound
        return resource

    async def _touch(self, resource: ResourceRow) -> None:
        subject = resource_subject(resource.lookup)
        await Revocations(self._uow).touch(subject, self._clock.now())

    async def _delete(self, resource: ResourceRow) -> None:
        await self._resources.delete(resource)
        await self._touch(resource)
        await self._uow.emit(
            ResourceDeleted(
                resource_id=format_id("res", resource.id), identifier=resource.identifier
            )
        )
