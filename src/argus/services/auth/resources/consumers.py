"""What identity says that ends resources."""

from argus.contracts.identity.events import OrganizationDeleted
from argus.kernel.module import Call, Envelope, consumes
from argus.services.auth.resources.registry import ResourceRegistry
from argus.services.auth.resources.service import ResourceService


@consumes(OrganizationDeleted, name="auth.delete_resources_of_organization")
async def delete_resources_of_organization(
    _event: OrganizationDeleted, _envelope: Envelope, call: Call
) -> None:
    """No token is for an API of a deleted organization."""
    await ResourceService(call.uow, call.clock, call.resources.get(ResourceRegistry)).delete_all()
