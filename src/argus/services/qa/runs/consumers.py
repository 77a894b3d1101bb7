"""What identity says that ends runs."""

from argus.contracts.identity.events import OrganizationDeleted
from argus.kernel.crypto import Keyring
from argus.kernel.module import Call, Envelope, consumes
from argus.services.qa.runs.service import RunService


@consumes(OrganizationDeleted, name="qa.cancel_runs_of_organization")
async def cancel_runs_of_organization(
    _event: OrganizationDeleted, _envelope: Envelope, call: Call
) -> None:
    """Nothing is tested for a deleted organization, and none of its secrets is kept."""
    await RunService(call.uow, call.clock, call.resources.get(Keyring), call.rpc).cancel_all()
