"""Members for sibling services."""

from argus.contracts.identity.rpc import LIST_MEMBERS
from argus.contracts.identity.v1 import identity_pb2 as pb
from argus.contracts.permissions import Permission
from argus.kernel.authz import requires
from argus.kernel.ids import UserId, format_id, parse_id
from argus.kernel.module import Call
from argus.kernel.rpc.dispatch import rpc
from argus.services.identity.members.service import MemberService
from argus.services.identity.users.rpc import to_message

_DEFAULT_LIMIT, _MAX_LIMIT = 50, 100


@rpc(LIST_MEMBERS, requires(Permission.ORG_READ))
async def list_members(request: pb.ListMembersRequest, call: Call) -> pb.ListMembersResponse:
    """A page of the members of the caller's organization."""
    after = UserId(parse_id("usr", request.cursor)) if request.cursor else None
    limit = min(max(request.limit, 0) or _DEFAULT_LIMIT, _MAX_LIMIT)
    members, following = await MemberService(call.uow, call.clock).page(after, limit)
    return pb.ListMembersResponse(
        members=[
            pb.Member(user=to_message(member.user), roles=member.membership.roles)
            for member in members
        ],
        next_cursor=format_id("usr", following) if following else "",
    )
