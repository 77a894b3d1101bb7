from argus.contracts.identity.rpc import LIST_MEMBERS
from argus.contracts.identity.v1 import identity_pb2 as pb
from argus.kernel import context
from argus.kernel.ids import OrganizationId, parse_id
from argus.kernel.principal import system
from support.organizations import Tenant
from support.platform import TestPlatform


async def test_siblings_read_the_members_of_the_callers_organization_in_pages(
    platform: TestPlatform, acme: Tenant, globex: Tenant
) -> None:
    await acme.member("bob@example.com", "viewer")
    context.principal.set(system("gateway", OrganizationId(parse_id("org", acme.id))))
    first = await platform.rpc.call(LIST_MEMBERS, pb.ListMembersRequest(limit=1))
    rest = await platform.rpc.call(LIST_MEMBERS, pb.ListMembersRequest(cursor=first.next_cursor))
    assert [
        (member.user.email, list(member.roles)) for member in (*first.members, *rest.members)
    ] == [("ada@example.com", ["owner"]), ("bob@example.com", ["viewer"])]
    assert rest.next_cursor == ""
