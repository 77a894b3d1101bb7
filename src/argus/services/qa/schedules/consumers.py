"""What identity says that ends schedules."""

from argus.contracts.identity.events import OrganizationDeleted
from argus.kernel.crypto import Keyring
from argus.kernel.module import Call, Envelope, consumes
from argus.services.qa.runs.service import RunService
from argus.services.qa.schedules.service import ScheduleService
from argus.services.qa.suites.service import SuiteService


@consumes(OrganizationDeleted, name="qa.delete_schedules_of_organization")
async def delete_schedules_of_organization(
    _event: OrganizationDeleted, _envelope: Envelope, call: Call
) -> None:
    """Nothing is started for a deleted organization."""
    keyring = call.resources.get(Keyring)
    runs = RunService(call.uow, call.clock, keyring, call.rpc)
    suites = SuiteService(call.uow, call.clock, runs)
    await ScheduleService(call.uow, call.clock, keyring, runs, suites).delete_all()
