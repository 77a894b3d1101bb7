"""What identity says that ends service accounts."""

from argus.contracts.identity.events import OrganizationDeleted
from argus.kernel.module import Call, Envelope, consumes
from argus.services.auth.service_accounts.service import ServiceAccountService


@consumes(OrganizationDeleted, name="auth.disable_service_accounts_of_organization")
async def disable_service_accounts_of_organization(
    _event: OrganizationDeleted, _envelope: Envelope, call: Call
) -> None:
    """Nothing acts for a deleted organization."""
    await ServiceAccountService(call.uow, call.clock).disable_all()
