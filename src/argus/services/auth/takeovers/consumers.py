"""What an intruder left in an account, beside its own credentials."""

from argus.contracts.auth.events import AccountTakenOver
from argus.kernel.ids import UserId, parse_id
from argus.kernel.module import Call, Envelope, consumes
from argus.services.auth.api_keys.service import api_keys
from argus.services.auth.clients.service import ClientService
from argus.services.auth.resources.registry import ResourceRegistry
from argus.services.auth.service_accounts.service import ServiceAccountService


@consumes(AccountTakenOver, name="auth.end_credentials_of_intruder")
async def end_credentials_of_intruder(
    event: AccountTakenOver, _envelope: Envelope, call: Call
) -> None:
    """Nothing that was made in the personal organization, or of the person's, lets anybody in."""
    await api_keys(call).revoke_all("taken_over")
    await ClientService(call.uow, call.clock, call.resources.get(ResourceRegistry)).delete_all()
    await ServiceAccountService(call.uow, call.clock).disable_all()
    user_id = UserId(parse_id("usr", event.user_id))
    await api_keys(call).revoke_everywhere(user_id, "taken_over")
