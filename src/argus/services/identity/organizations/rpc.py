"""Organizations for sibling services."""

from argus.contracts.identity.rpc import LIST_MEMBERSHIPS
from argus.contracts.identity.v1 import identity_pb2 as pb
from argus.kernel.authz import internal
from argus.kernel.ids import UserId, format_id, parse_id
from argus.kernel.module import Call
from argus.kernel.rpc.dispatch import rpc
from argus.services.identity.organizations.service import OrganizationService
from argus.services.identity.users.rpc import to_message


@rpc(LIST_MEMBERSHIPS, internal())
async def list_memberships(
    request: pb.ListMembershipsRequest, call: Call
) -> pb.ListMembershipsResponse:
    """A user, active or not, and the user's organizations with roles, the personal one first."""
    organizations = OrganizationService(call.uow, call.clock)
    own = await organizations.list_of(UserId(parse_id("usr", request.user_id)))
    return pb.ListMembershipsResponse(
        user=to_message(own[0].user) if own else None,
        memberships=[
            pb.Membership(
                organization_id=format_id("org", membership.organization.organization_id),
                organization_name=membership.organization.name,
                roles=membership.roles,
                personal=membership.organization.personal,
            )
            for membership in own
        ],
    )
