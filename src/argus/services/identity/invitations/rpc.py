"""Invitations for the pages, which are the auth service's."""

from argus.contracts.identity.rpc import ACCEPT_INVITATION, DECLINE_INVITATION, READ_INVITATION
from argus.contracts.identity.v1 import identity_pb2 as pb
from argus.kernel.authz import internal
from argus.kernel.ids import UserId, format_id, parse_id
from argus.kernel.module import Call
from argus.kernel.rpc.dispatch import rpc
from argus.services.identity.invitation_token import InvitationTokens
from argus.services.identity.invitations.service import InvitationService
from argus.services.identity.users.service import UserService


@rpc(READ_INVITATION, internal())
async def read_invitation(
    request: pb.ReadInvitationRequest, call: Call
) -> pb.ReadInvitationResponse:
    """What an open invitation says."""
    read = await InvitationService(call.uow, call.clock).read(
        request.token, call.resources.get(InvitationTokens)
    )
    return pb.ReadInvitationResponse(
        organization_name=read.organization,
        invited_by=read.invited_by,
        roles=read.roles,
        email=read.email,
        has_account=read.has_account,
        expires_at=int(read.expires_at.timestamp()),
    )


@rpc(ACCEPT_INVITATION, internal())
async def accept_invitation(
    request: pb.AcceptInvitationRequest, call: Call
) -> pb.AcceptInvitationResponse:
    """The user joins."""
    user = await UserService(call.uow, call.clock).get(UserId(parse_id("usr", request.user_id)))
    organization_id = await InvitationService(call.uow, call.clock).accept(
        request.token, user, call.resources.get(InvitationTokens)
    )
    return pb.AcceptInvitationResponse(organization_id=format_id("org", organization_id))


@rpc(DECLINE_INVITATION, internal())
async def decline_invitation(
    request: pb.DeclineInvitationRequest, call: Call
) -> pb.DeclineInvitationResponse:
    """The invitation is closed."""
    await InvitationService(call.uow, call.clock).decline(
        request.token, call.resources.get(InvitationTokens)
    )
    return pb.DeclineInvitationResponse()
