"""What ends, or disables, linked identities."""

from datetime import datetime

from argus.contracts.auth.events import AccountTakenOver
from argus.contracts.identity.events import UserDeactivated
from argus.kernel.ids import parse_id
from argus.kernel.module import Call, Envelope, consumes
from argus.services.auth.external_identities.repository import ExternalIdentityRepository
from argus.services.auth.revocations.repository import Revocations


@consumes(UserDeactivated, name="auth.disable_identities_of_user")
async def disable_identities_of_user(
    event: UserDeactivated, _envelope: Envelope, call: Call
) -> None:
    """Other issuers' tokens for a deactivated user are refused as well."""
    identities, user_id = ExternalIdentityRepository(call.uow), parse_id("usr", event.user_id)
    await identities.disable(user_id, call.clock.now())
    await Revocations(call.uow).touch(user_id, call.clock.now())


@consumes(AccountTakenOver, name="auth.unlink_identities_of_intruder")
async def unlink_identities_of_intruder(
    event: AccountTakenOver, envelope: Envelope, call: Call
) -> None:
    """Identities that were linked before the address's owner came are not the owner's."""
    identities, user_id = ExternalIdentityRepository(call.uow), parse_id("usr", event.user_id)
    taken_over_at = datetime.fromisoformat(envelope.time)
    await identities.remove_older(user_id, taken_over_at)
    await Revocations(call.uow).touch(user_id, call.clock.now())
