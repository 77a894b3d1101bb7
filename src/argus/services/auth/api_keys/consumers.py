"""What identity says that ends API keys and personal access tokens, or changes what they may."""

from argus.contracts.identity.events import (
    MemberRemoved,
    MemberRolesChanged,
    OrganizationDeleted,
    UserDeactivated,
)
from argus.kernel.ids import UserId, parse_id
from argus.kernel.module import Call, Envelope, consumes
from argus.services.auth.api_keys.service import api_keys


@consumes(OrganizationDeleted, name="auth.revoke_keys_of_organization")
async def revoke_keys_of_organization(
    _event: OrganizationDeleted, _envelope: Envelope, call: Call
) -> None:
    """No key of a deleted organization lives on."""
    await api_keys(call).revoke_all("organization_deleted")


@consumes(MemberRemoved, name="auth.revoke_tokens_of_removed_member")
async def revoke_tokens_of_removed_member(
    event: MemberRemoved, _envelope: Envelope, call: Call
) -> None:
    """A personal access token ends with the membership."""
    await api_keys(call).revoke_all_of(_user(event.user_id), "member_removed")


@consumes(MemberRolesChanged, name="auth.change_roles_of_tokens")
async def change_roles_of_tokens(
    event: MemberRolesChanged, _envelope: Envelope, call: Call
) -> None:
    """A personal access token may never do more than its person."""
    await api_keys(call).change_roles(_user(event.user_id), event.roles)


@consumes(UserDeactivated, name="auth.revoke_tokens_of_user")
async def revoke_tokens_of_user(event: UserDeactivated, _envelope: Envelope, call: Call) -> None:
    """No personal access token of a deactivated user lives on, in any organization."""
    await api_keys(call).revoke_everywhere(_user(event.user_id), "deactivated")


def _user(public_id: str) -> UserId:
    return UserId(parse_id("usr", public_id))
