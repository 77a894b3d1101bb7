from typing import Any

import httpx
import pytest

from argus.contracts.identity.rpc import DEACTIVATE_USER
from argus.contracts.identity.v1 import identity_pb2 as pb
from argus.kernel.ids import format_id, new_id
from support.organizations import Tenant
from support.platform import Caller, TestPlatform


async def members(platform: TestPlatform, caller: Caller) -> dict[str, list[str]]:
    answer = await platform.client.get("/api/v1/members", headers=caller.headers)
    assert answer.status_code == 200, answer.text
    return {member["email"]: member["roles"] for member in answer.json()["items"]}


async def change(platform: TestPlatform, by: Caller, whose: str, *roles: str) -> httpx.Response:
    return await platform.client.patch(
        f"/api/v1/members/{whose}", json={"roles": roles}, headers=by.headers
    )


async def remove(platform: TestPlatform, by: Caller, whom: str) -> httpx.Response:
    return await platform.client.delete(f"/api/v1/members/{whom}", headers=by.headers)


def outcome(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"] if answer.content else ""


@pytest.mark.operation("list_members")
async def test_members_are_listed_page_by_page(platform: TestPlatform, acme: Tenant) -> None:
    for name in ("bob", "cleo", "dora"):
        await acme.member(f"{name}@example.com", "member")
    seen: list[str] = []
    parameters: dict[str, Any] = {"limit": 2}
    while True:
        answer = await platform.client.get(
            "/api/v1/members", params=parameters, headers=acme.owner.headers
        )
        page = answer.json()
        seen += [member["email"] for member in page["items"]]
        if page["next_cursor"] is None:
            break
        parameters["cursor"] = page["next_cursor"]
    assert seen == ["ada@example.com", "bob@example.com", "cleo@example.com", "dora@example.com"]


async def test_a_bad_page_is_refused(platform: TestPlatform, acme: Tenant) -> None:
    for parameters in ("limit=0", "limit=101", "cursor=x", "cursor=org_" + "0" * 26):
        answer = await platform.client.get(
            f"/api/v1/members?{parameters}", headers=acme.owner.headers
        )
        assert outcome(answer) == (422, "kernel.request.invalid"), parameters


@pytest.mark.operation("change_member_roles")
async def test_the_same_roles_again_are_told_once(platform: TestPlatform, acme: Tenant) -> None:
    bob = await acme.member("bob@example.com", "member")
    await platform.relay()
    for _ in range(2):
        answer = await change(platform, acme.owner, bob.user_id, "viewer", "admin", "viewer")
        assert outcome(answer) == (204, "")
    assert (await members(platform, acme.owner))["bob@example.com"] == ["admin", "viewer"]
    [event] = platform.outbox("identity")
    assert (event["type"], event["organization"]) == ("MemberRolesChanged", acme.id)
    assert event["data"] == {"user_id": bob.user_id, "roles": ["admin", "viewer"]}


async def test_roles_are_built_in_ones(platform: TestPlatform, acme: Tenant) -> None:
    for roles in ([], ["emperor"], ["owner"] * 12, "owner", [7]):
        answer = await platform.client.patch(
            f"/api/v1/members/{acme.owner.user_id}",
            json={"roles": roles},
            headers=acme.owner.headers,
        )
        assert outcome(answer) == (422, "kernel.request.invalid"), roles


async def test_an_admin_gives_no_more_than_an_admin_holds(
    platform: TestPlatform, acme: Tenant
) -> None:
    bob = await acme.member("bob@example.com", "admin")
    cleo = await acme.member("cleo@example.com", "member")
    for role in ("owner", "billing_admin", "security_admin", "api_user"):
        for whose in (bob, cleo):
            answer = await change(platform, bob, whose.user_id, "admin", role)
            assert outcome(answer) == (403, "identity.member.authority_exceeded"), role


async def test_an_admin_does_not_touch_an_owner(platform: TestPlatform, acme: Tenant) -> None:
    bob = await acme.member("bob@example.com", "admin")
    demoted = await change(platform, bob, acme.owner.user_id, "viewer")
    removed = await remove(platform, bob, acme.owner.user_id)
    assert outcome(demoted) == outcome(removed) == (403, "identity.member.authority_exceeded")


async def test_an_admin_manages_members_and_may_step_down(
    platform: TestPlatform, acme: Tenant
) -> None:
    bob = await acme.member("bob@example.com", "admin")
    cleo = await acme.member("cleo@example.com", "member")
    assert outcome(await change(platform, bob, cleo.user_id, "admin")) == (204, "")
    assert outcome(await change(platform, bob, bob.user_id, "viewer")) == (204, "")
    assert (await members(platform, acme.owner)) == {
        "ada@example.com": ["owner"],
        "bob@example.com": ["viewer"],
        "cleo@example.com": ["admin"],
    }


async def test_a_member_without_the_permission_manages_nobody(
    platform: TestPlatform, acme: Tenant
) -> None:
    bob = await acme.member("bob@example.com", "member", "billing_admin", "security_admin")
    for answer in (
        await change(platform, bob, bob.user_id, "admin"),
        await remove(platform, bob, acme.owner.user_id),
    ):
        assert outcome(answer) == (403, "kernel.access.forbidden")


@pytest.mark.operation("leave_organization", "remove_member")
async def test_the_last_owner_stays_an_owner(platform: TestPlatform, acme: Tenant) -> None:
    await acme.member("bob@example.com", "admin")
    ada = acme.owner
    for answer in (
        await change(platform, ada, ada.user_id, "admin"),
        await remove(platform, ada, ada.user_id),
        await remove(platform, ada, "me"),
    ):
        assert outcome(answer) == (409, "identity.member.last_owner")
    assert (await members(platform, ada))["ada@example.com"] == ["owner"]


async def test_a_personal_organization_keeps_its_person(platform: TestPlatform) -> None:
    ada = await platform.owner()
    assert outcome(await remove(platform, ada, "me")) == (409, "identity.member.last_owner")


async def test_one_of_two_owners_may_go(platform: TestPlatform, acme: Tenant) -> None:
    bob = await acme.member("bob@example.com", "owner")
    assert outcome(await remove(platform, acme.owner, "me")) == (204, "")
    assert list(await members(platform, bob)) == ["bob@example.com"]


async def test_an_owner_who_cannot_sign_in_does_not_count(
    platform: TestPlatform, acme: Tenant
) -> None:
    bob = await acme.member("bob@example.com", "owner")
    await platform.rpc.call(DEACTIVATE_USER, pb.DeactivateUserRequest(user_id=bob.user_id))
    answer = await remove(platform, acme.owner, "me")
    assert outcome(answer) == (409, "identity.member.last_owner")


async def test_a_removed_member_is_out_and_told_once(platform: TestPlatform, acme: Tenant) -> None:
    bob = await acme.member("bob@example.com", "member")
    await platform.relay()
    assert outcome(await remove(platform, acme.owner, bob.user_id)) == (204, "")
    assert outcome(await remove(platform, acme.owner, bob.user_id)) == (
        404,
        "identity.member.not_found",
    )
    [event] = platform.outbox("identity")
    assert (event["type"], event["data"]) == ("MemberRemoved", {"user_id": bob.user_id})
    assert list(await members(platform, acme.owner)) == ["ada@example.com"]


async def test_another_tenants_member_is_not_found(
    platform: TestPlatform, acme: Tenant, globex: Tenant
) -> None:
    for stranger in (globex.owner.user_id, format_id("usr", new_id())):
        for answer in (
            await change(platform, acme.owner, stranger, "viewer"),
            await remove(platform, acme.owner, stranger),
        ):
            assert outcome(answer) == (404, "identity.member.not_found")
    assert await members(platform, globex.owner) == {"greta@example.com": ["owner"]}
