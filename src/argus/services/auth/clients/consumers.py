"""What identity says that ends OAuth clients, and what becomes of a changed one's tokens."""

from argus.contracts.auth.events import ClientChanged
from argus.contracts.identity.events import OrganizationDeleted
from argus.kernel.module import Call, Envelope, consumes
from argus.services.auth.clients.changes import ends_tokens
from argus.services.auth.clients.service import ClientService
from argus.services.auth.resources.registry import ResourceRegistry
from argus.services.auth.revocations.repository import Revocations, client_subject


@consumes(OrganizationDeleted, name="auth.delete_clients_of_organization")
async def delete_clients_of_organization(
    _event: OrganizationDeleted, _envelope: Envelope, call: Call
) -> None:
    """No client of a deleted organization lives on."""
    await ClientService(call.uow, call.clock, call.resources.get(ResourceRegistry)).delete_all()


@consumes(ClientChanged, name="auth.end_tokens_of_changed_client")
async def end_tokens_of_changed_client(
    event: ClientChanged, _envelope: Envelope, call: Call
) -> None:
    """Once more, after the change was committed: a token that was being issued meanwhile, by what
    the client was before, may have an epoch as late as that of the change itself.
    """
    if ends_tokens(event.changed):
        await Revocations(call.uow).revoke(client_subject(event.client_id), call.clock.now())
