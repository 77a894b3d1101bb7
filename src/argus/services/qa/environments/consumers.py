"""What identity says that ends environments."""

from argus.contracts.identity.events import OrganizationDeleted
from argus.kernel.crypto import Keyring
from argus.kernel.module import Call, Envelope, consumes
from argus.services.qa.environments.service import EnvironmentService


@consumes(OrganizationDeleted, name="qa.delete_environments_of_organization")
async def delete_environments_of_organization(
    _event: OrganizationDeleted, _envelope: Envelope, call: Call
) -> None:
    """No secret of a deleted organization is kept."""
    await EnvironmentService(call.uow, call.clock, call.resources.get(Keyring)).delete_all()
