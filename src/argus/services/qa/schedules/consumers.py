"""What identity says that ends schedules."""

from argus.contracts.identity.events import OrganizationDeleted
from argus.kernel.crypto import Keyring
from argus.kernel.module import Call, Envelope, consumes
from argus.services.qa.schedules.service import ScheduleService


@consumes(OrganizationDeleted, name="qa.delete_schedules_of_organization")
async def delete_schedules_of_organization(
    _event: OrganizationDeleted, _envelope: Envelope, call: Call
) -> None:
    """Nothing is started for a deleted organization."""
    keyring = call.resources.get(Keyring)
    await ScheduleService(call.uow, call.clock, keyring, call.rpc).delete_all()
