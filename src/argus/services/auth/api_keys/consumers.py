"""What identity says that ends API keys."""

from argus.contracts.identity.events import OrganizationDeleted
from argus.kernel.module import Call, Envelope, consumes
from argus.services.auth.api_keys.service import api_keys


@consumes(OrganizationDeleted, name="auth.revoke_keys_of_organization")
async def revoke_keys_of_organization(
    _event: OrganizationDeleted, _envelope: Envelope, call: Call
) -> None:
    """No key of a deleted organization lives on."""
    await api_keys(call).revoke_all("organization_deleted")
