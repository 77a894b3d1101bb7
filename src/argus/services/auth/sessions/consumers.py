"""What identity, and this service itself, say that ends tokens."""

from uuid import UUID

from argus.contracts.auth.events import ClientChanged, ClientDeleted
from argus.contracts.identity.events import (
    EmailVerified,
    MemberRemoved,
    MemberRolesChanged,
    OrganizationDeleted,
    UserDeactivated,
)
from argus.kernel.ids import UserId, parse_id
from argus.kernel.module import Call, Envelope, consumes
from argus.services.auth.revocations.repository import Revocations
from argus.services.auth.sessions.service import SessionService


@consumes(UserDeactivated, name="auth.end_sessions_of_user")
async def end_sessions_of_user(event: UserDeactivated, _envelope: Envelope, call: Call) -> None:
    """No session or token of a deactivated user lives on."""
    user_id = UserId(parse_id("usr", event.user_id))
    await SessionService(call.uow, call.clock).revoke_all(user_id, "deactivated")
    await Revocations(call.uow).revoke(user_id, call.clock.now())


@consumes(EmailVerified, name="auth.forget_standing_of_user")
async def forget_standing_of_user(event: EmailVerified, _envelope: Envelope, call: Call) -> None:
    """What is remembered of a user without a proven address is asked anew."""
    await Revocations(call.uow).touch(parse_id("usr", event.user_id), call.clock.now())


@consumes(MemberRemoved, name="auth.end_tokens_of_removed_member")
async def end_tokens_of_removed_member(
    event: MemberRemoved, _envelope: Envelope, call: Call
) -> None:
    """The tokens for that organization end; the session goes on for the others."""
    await _end_tokens(parse_id("usr", event.user_id), call)


@consumes(MemberRolesChanged, name="auth.end_tokens_with_old_roles")
async def end_tokens_with_old_roles(
    event: MemberRolesChanged, _envelope: Envelope, call: Call
) -> None:
    """The tokens with the earlier roles end; the next refresh brings the new ones."""
    await _end_tokens(parse_id("usr", event.user_id), call)


@consumes(ClientChanged, name="auth.end_sessions_of_narrowed_client")
async def end_sessions_of_narrowed_client(
    event: ClientChanged, _envelope: Envelope, call: Call
) -> None:
    """What people let the client have is not what it may have now: they are asked anew."""
    if event.narrowed:
        sessions = SessionService(call.uow, call.clock)
        await sessions.revoke_all_of_client(event.client_id, "client_narrowed")


@consumes(ClientDeleted, name="auth.end_sessions_of_client")
async def end_sessions_of_client(event: ClientDeleted, _envelope: Envelope, call: Call) -> None:
    """A client that is no more has no sessions, whoever let it in."""
    sessions = SessionService(call.uow, call.clock)
    await sessions.revoke_all_of_client(event.client_id, "client_deleted")


@consumes(OrganizationDeleted, name="auth.end_tokens_of_organization")
async def end_tokens_of_organization(
    _event: OrganizationDeleted, _envelope: Envelope, call: Call
) -> None:
    """The tokens for a deleted organization end, whoever has them."""
    await Revocations(call.uow).revoke(call.uow.organization_id, call.clock.now())


async def _end_tokens(user_id: UUID, call: Call) -> None:
    await Revocations(call.uow).revoke(user_id, call.clock.now(), within=call.uow.organization_id)
