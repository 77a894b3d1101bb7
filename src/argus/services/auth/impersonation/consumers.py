"""What ends the right to impersonate."""

from argus.contracts.identity.events import MemberRemoved
from argus.kernel.ids import UserId, parse_id
from argus.kernel.module import Call, Envelope, consumes
from argus.services.auth.impersonation.repository import GrantRepository


@consumes(MemberRemoved, name="auth.withdraw_impersonation_grant")
async def withdraw_impersonation_grant(
    event: MemberRemoved, _envelope: Envelope, call: Call
) -> None:
    """Who comes back as a member comes back without it."""
    await GrantRepository(call.uow).remove(UserId(parse_id("usr", event.user_id)))
