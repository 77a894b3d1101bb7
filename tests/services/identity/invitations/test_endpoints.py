import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from argus.contracts.identity.rpc import DEACTIVATE_USER, LIST_MEMBERSHIPS, REGISTER_USER
from argus.contracts.identity.v1 import identity_pb2 as pb
from argus.kernel.errors import ArgusError
from argus.kernel.ids import format_id, new_id
from support.organizations import Tenant
from support.platform import Caller, TestPlatform


async def invite(platform: TestPlatform, by: Caller, email: str, *roles: str) -> httpx.Response:
    return await platform.client.post(
        "/api/v1/invitations", json={"email": email, "roles": roles}, headers=by.headers
    )


async def accept(platform: TestPlatform, person: Caller, token: str) -> httpx.Response:
    return await platform.client.post(
        "/api/v1/invitations/accept", json={"token": token}, headers=person.headers
    )


async def open_invitations(platform: TestPlatform, caller: Caller) -> list[dict[str, Any]]:
    answer = await platform.client.get("/api/v1/invitations", headers=caller.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def roles_of(platform: TestPlatform, person: Caller) -> dict[str, list[str]]:
    answer = await platform.rpc.call(
        LIST_MEMBERSHIPS, pb.ListMembershipsRequest(user_id=person.user_id)
    )
    return {
        membership.organization_name: list(membership.roles) for membership in answer.memberships
    }


def outcome(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"] if answer.status_code >= 400 else ""


@pytest.mark.operation("create_invitation", "list_invitations")
async def test_an_invitation_is_mailed_and_listed(platform: TestPlatform, acme: Tenant) -> None:
    answer = await invite(platform, acme.owner, "Bob@Example.com", "viewer", "member")
    assert answer.status_code == 201
    invitation = answer.json()
    assert invitation["email"] == "Bob@example.com"
    assert invitation["roles"] == ["member", "viewer"]
    assert invitation["invited_by"] == acme.owner.user_id
    assert await open_invitations(platform, acme.owner) == [invitation]
    assert platform.mails() == []
    await platform.work()
    [mail] = platform.mails()
    assert (mail["To"], mail["Subject"]) == ("Bob@example.com", "Ada Owner invites you to Acme")


@pytest.mark.operation("accept_invitation")
async def test_the_invited_person_joins_with_the_roles(
    platform: TestPlatform, acme: Tenant
) -> None:
    bob = await platform.owner("bob@example.com")
    token = await acme.invite("BOB@example.com", "viewer", "project_member")
    answer = await accept(platform, bob, token)
    assert (answer.status_code, answer.json()) == (200, {"organization_id": acme.id})
    assert (await roles_of(platform, bob))["Acme"] == ["viewer", "project_member"]
    assert await open_invitations(platform, acme.owner) == []


async def test_joining_is_told_within_the_joined_organization(
    platform: TestPlatform, acme: Tenant
) -> None:
    bob = await platform.owner("bob@example.com")
    token = await acme.invite("bob@example.com", "viewer")
    await platform.relay()
    await accept(platform, bob, token)
    [event] = platform.outbox("identity")
    assert (event["type"], event["organization"]) == ("MemberJoined", acme.id)
    assert event["data"]["invitation_id"] == token.partition(".")[0]


async def test_who_signs_up_by_invitation_joins_with_a_verified_address(
    platform: TestPlatform, acme: Tenant
) -> None:
    token = await acme.invite("bob@example.com", "member")
    registered = await platform.rpc.call(
        REGISTER_USER,
        pb.RegisterUserRequest(email="bob@example.com", name="Bob", invitation_token=token),
    )
    assert registered.user.email_verified
    answer = await platform.rpc.call(
        LIST_MEMBERSHIPS, pb.ListMembershipsRequest(user_id=registered.user.id)
    )
    assert [(one.personal, list(one.roles)) for one in answer.memberships] == [
        (True, ["owner"]),
        (False, ["member"]),
    ]


async def test_signing_up_with_another_address_registers_nobody(
    platform: TestPlatform, acme: Tenant
) -> None:
    token = await acme.invite("bob@example.com", "member")
    with pytest.raises(ArgusError) as refused:
        await platform.rpc.call(
            REGISTER_USER,
            pb.RegisterUserRequest(email="eve@example.com", invitation_token=token),
        )
    assert refused.value.code == "identity.invitation.other_address"
    assert platform.query("select from identity.users where email like 'eve%%'") == []


async def test_an_invitation_is_accepted_once(platform: TestPlatform, acme: Tenant) -> None:
    bob = await platform.owner("bob@example.com")
    token = await acme.invite("bob@example.com", "member")
    assert outcome(await accept(platform, bob, token)) == (200, "")
    assert outcome(await accept(platform, bob, token)) == (410, "identity.invitation.closed")


async def test_a_member_who_was_removed_cannot_come_back_by_the_old_token(
    platform: TestPlatform, acme: Tenant
) -> None:
    bob = await platform.owner("bob@example.com")
    token = await acme.invite("bob@example.com", "member")
    await accept(platform, bob, token)
    await platform.client.delete(f"/api/v1/members/{bob.user_id}", headers=acme.owner.headers)
    assert outcome(await accept(platform, bob, token)) == (410, "identity.invitation.closed")
    assert "Acme" not in await roles_of(platform, bob)


async def test_of_acceptances_at_once_one_joins(platform: TestPlatform, acme: Tenant) -> None:
    bob = await platform.owner("bob@example.com")
    token = await acme.invite("bob@example.com", "member")
    await platform.relay()
    answers = await asyncio.gather(*(accept(platform, bob, token) for _ in range(4)))
    assert sorted(map(outcome, answers)) == [
        (200, ""),
        *[(410, "identity.invitation.closed")] * 3,
    ]
    assert [event["type"] for event in platform.outbox("identity")] == ["MemberJoined"]


async def test_an_invitation_expires_after_seven_days(platform: TestPlatform, acme: Tenant) -> None:
    token = await acme.invite("bob@example.com", "member")
    platform.clock.advance(timedelta(days=7))
    bob = await platform.owner("bob@example.com")
    assert outcome(await accept(platform, bob, token)) == (410, "identity.invitation.closed")
    ada = await platform.sign_in(acme.owner.email, acme.id)
    assert await open_invitations(platform, ada) == []


async def test_a_stolen_token_is_worth_nothing_with_another_address(
    platform: TestPlatform, acme: Tenant
) -> None:
    eve = await platform.owner("eve@example.com")
    token = await acme.invite("bob@example.com", "owner")
    answer = await accept(platform, eve, token)
    assert outcome(answer) == (403, "identity.invitation.other_address")
    assert "bob" not in answer.text
    assert "Acme" not in await roles_of(platform, eve)


async def test_a_forged_token_is_not_found(
    platform: TestPlatform, acme: Tenant, globex: Tenant
) -> None:
    bob = await platform.owner("bob@example.com")
    of_acme = await acme.invite("bob@example.com", "member")
    of_globex = await globex.invite("bob@example.com", "owner")
    crossed = f"{of_globex.partition('.')[0]}.{of_acme.partition('.')[2]}"
    for token in (crossed, of_acme[:-1], f"{of_acme}A", "x", of_acme.partition(".")[0]):
        assert outcome(await accept(platform, bob, token)) == (
            404,
            "identity.invitation.not_found",
        )


@pytest.mark.operation("revoke_invitation")
async def test_a_revoked_invitation_cannot_be_accepted(
    platform: TestPlatform, acme: Tenant
) -> None:
    bob = await platform.owner("bob@example.com")
    token = await acme.invite("bob@example.com", "member")
    path = f"/api/v1/invitations/{token.partition('.')[0]}"
    await platform.relay()
    assert (await platform.client.delete(path, headers=acme.owner.headers)).status_code == 204
    assert [event["type"] for event in platform.outbox("identity")] == ["InvitationRevoked"]
    again = await platform.client.delete(path, headers=acme.owner.headers)
    assert outcome(again) == (404, "identity.invitation.not_found")
    assert outcome(await accept(platform, bob, token)) == (410, "identity.invitation.closed")


async def test_an_invitation_revoked_in_time_is_not_mailed(
    platform: TestPlatform, acme: Tenant
) -> None:
    invitation = (await invite(platform, acme.owner, "bob@example.com", "member")).json()
    await platform.client.delete(
        f"/api/v1/invitations/{invitation['id']}", headers=acme.owner.headers
    )
    await platform.work()
    assert platform.mails() == []


async def test_a_new_invitation_replaces_the_earlier_one(
    platform: TestPlatform, acme: Tenant
) -> None:
    bob = await platform.owner("bob@example.com")
    earlier = await acme.invite("bob@example.com", "owner")
    later = await acme.invite("BOB@example.com", "viewer")
    assert outcome(await accept(platform, bob, earlier)) == (410, "identity.invitation.closed")
    assert outcome(await accept(platform, bob, later)) == (200, "")
    assert (await roles_of(platform, bob))["Acme"] == ["viewer"]


async def test_another_tenant_neither_sees_nor_revokes_an_invitation(
    platform: TestPlatform, acme: Tenant, globex: Tenant
) -> None:
    token = await acme.invite("bob@example.com", "member")
    assert await open_invitations(platform, globex.owner) == []
    for invitation_id in (token.partition(".")[0], format_id("inv", new_id())):
        answer = await platform.client.delete(
            f"/api/v1/invitations/{invitation_id}", headers=globex.owner.headers
        )
        assert outcome(answer) == (404, "identity.invitation.not_found")
    assert len(await open_invitations(platform, acme.owner)) == 1


async def test_an_invitation_gives_no_more_than_its_sender_holds(
    platform: TestPlatform, acme: Tenant
) -> None:
    bob = await acme.member("bob@example.com", "admin")
    answer = await invite(platform, bob, "cleo@example.com", "owner")
    assert outcome(answer) == (403, "identity.member.authority_exceeded")
    assert outcome(await invite(platform, bob, "cleo@example.com", "admin")) == (201, "")


async def test_an_invitation_falls_with_its_senders_authority(
    platform: TestPlatform, acme: Tenant
) -> None:
    mallory = await platform.owner("mallory@example.com")
    senders = [
        await acme.member(f"{how}@example.com", "owner")
        for how in ("demoted", "removed", "deactivated")
    ]
    demoted, removed, deactivated = senders
    tokens = [await acme.invite("mallory@example.com", "owner", by=sender) for sender in senders]
    await platform.client.patch(
        f"/api/v1/members/{demoted.user_id}", json={"roles": ["admin"]}, headers=acme.owner.headers
    )
    await platform.client.delete(f"/api/v1/members/{removed.user_id}", headers=acme.owner.headers)
    await platform.rpc.call(DEACTIVATE_USER, pb.DeactivateUserRequest(user_id=deactivated.user_id))
    for token in tokens:
        assert outcome(await accept(platform, mallory, token)) == (
            410,
            "identity.invitation.closed",
        )


async def test_an_invitation_falls_with_its_organization(
    platform: TestPlatform, acme: Tenant
) -> None:
    bob = await platform.owner("bob@example.com")
    token = await acme.invite("bob@example.com", "member")
    await platform.client.delete(f"/api/v1/organizations/{acme.id}", headers=acme.owner.headers)
    assert outcome(await accept(platform, bob, token)) == (410, "identity.invitation.closed")


async def test_a_member_is_not_invited_again(platform: TestPlatform, acme: Tenant) -> None:
    await acme.member("bob@example.com", "viewer")
    answer = await invite(platform, acme.owner, "BOB@example.com", "owner")
    assert outcome(answer) == (409, "identity.member.already_member")


async def test_nobody_joins_a_personal_organization(platform: TestPlatform) -> None:
    ada = await platform.owner()
    answer = await invite(platform, ada, "bob@example.com", "viewer")
    assert outcome(answer) == (409, "identity.organization.personal")


async def test_what_is_no_address_is_not_invited(platform: TestPlatform, acme: Tenant) -> None:
    for email in ("nobody", "a@b@c", "bob@example.com\nBcc: eve@example.com"):
        answer = await invite(platform, acme.owner, email, "viewer")
        assert outcome(answer) == (422, "identity.email.invalid"), email


async def test_a_member_without_the_permission_invites_nobody(
    platform: TestPlatform, acme: Tenant
) -> None:
    bob = await acme.member("bob@example.com", "member")
    answer = await invite(platform, bob, "cleo@example.com", "viewer")
    assert outcome(answer) == (403, "kernel.access.forbidden")


async def test_no_secret_and_no_address_leaves_by_event_or_job(
    platform: TestPlatform, acme: Tenant
) -> None:
    answer = await invite(platform, acme.owner, "bob@example.com", "member")
    jobs = platform.query("select args from identity.procrastinate_jobs")
    told = platform.outbox("identity")
    await platform.work()
    proof = platform.mails()[-1].as_string().partition(answer.json()["id"] + ".")[2][:20]
    assert proof
    stored = [
        *platform.query("select row_to_json(i)::text from identity.invitations i"),
        *platform.query("select row_to_json(m)::text from notify.mails m"),
    ]
    for written in (jobs, told, stored, answer.text):
        assert proof not in str(written)
    assert "bob@example.com" not in str((jobs, told))


async def test_open_invitations_are_listed_page_by_page(
    platform: TestPlatform, acme: Tenant
) -> None:
    for name in ("bob", "cleo", "dora"):
        await invite(platform, acme.owner, f"{name}@example.com", "viewer")
    first = await platform.client.get(
        "/api/v1/invitations", params={"limit": 2}, headers=acme.owner.headers
    )
    rest = await platform.client.get(
        "/api/v1/invitations",
        params={"limit": 2, "cursor": first.json()["next_cursor"]},
        headers=acme.owner.headers,
    )
    listed = [invitation["email"] for page in (first, rest) for invitation in page.json()["items"]]
    assert listed == ["bob@example.com", "cleo@example.com", "dora@example.com"]
    assert rest.json()["next_cursor"] is None
