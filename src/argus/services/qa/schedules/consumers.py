"""What identity says that ends schedules."""

from argus.contracts.identity.events import OrganizationDeleted
from argus.kernel.crypto import Keyring
from argus.kernel.module import Call, Envelope, consumes
from argus.services.qa.schedules.jobs import schedules


@consumes(OrganizationDeleted, name="qa.delete_schedules_of_organization")
async def delete_schedules_of_organization(
    _event: OrganizationDeleted, _envelope: Envelope, call: Call
) -> None:
    """Nothing is started for a deleted organization."""
    await schedules(call.uow, call.resources.get(Keyring), call.rpc).delete_all()
