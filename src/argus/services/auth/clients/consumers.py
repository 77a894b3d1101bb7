"""What identity says that ends OAuth clients."""

from argus.contracts.identity.events import OrganizationDeleted
from argus.kernel.module import Call, Envelope, consumes
from argus.services.auth.clients.service import ClientService
from argus.services.auth.resources.registry import ResourceRegistry


@consumes(OrganizationDeleted, name="auth.delete_clients_of_organization")
async def delete_clients_of_organization(
    _event: OrganizationDeleted, _envelope: Envelope, call: Call
) -> None:
    """No client of a deleted organization lives on."""
    await ClientService(call.uow, call.clock, call.resources.get(ResourceRegistry)).delete_all()
