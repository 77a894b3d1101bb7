from datetime import timedelta
from typing import Any

import pytest

from argus.kernel.ids import format_id, new_id
from support.organizations import Tenant
from support.platform import Caller, TestPlatform


async def my_organizations(platform: TestPlatform, person: Caller) -> list[dict[str, Any]]:
    answer = await platform.client.get("/api/v1/organizations", headers=person.headers)
    return answer.json()["items"]


@pytest.mark.operation("create_organization", "list_my_organizations")
async def test_who_creates_an_organization_owns_it(platform: TestPlatform) -> None:
    ada = await platform.owner()
    answer = await platform.client.post(
        "/api/v1/organizations", json={"name": "Acme"}, headers=ada.headers
    )
    assert answer.status_code == 201
    personal, acme = await my_organizations(platform, ada)
    assert (personal["id"], personal["personal"]) == (ada.organization_id, True)
    assert acme == {**answer.json(), "roles": ["owner"]}
    assert (acme["name"], acme["personal"]) == ("Acme", False)


async def test_a_new_organization_is_told_within_itself(platform: TestPlatform) -> None:
    ada = await platform.owner()
    await platform.relay()
    answer = await platform.client.post(
        "/api/v1/organizations", json={"name": "Acme"}, headers=ada.headers
    )
    told = [(event["type"], event["organization"]) for event in platform.outbox("identity")]
    assert told == [
        ("OrganizationCreated", answer.json()["id"]),
        ("MemberJoined", answer.json()["id"]),
    ]


async def test_an_idempotency_key_creates_one_organization(platform: TestPlatform) -> None:
    ada = await platform.owner()
    answers = [
        await platform.client.post(
            "/api/v1/organizations",
            json={"name": "Acme"},
            headers={**ada.headers, "Idempotency-Key": "once"},
        )
        for _ in range(2)
    ]
    assert answers[0].json() == answers[1].json()
    assert len(await my_organizations(platform, ada)) == 2


async def test_an_organization_has_a_readable_name(platform: TestPlatform) -> None:
    ada = await platform.owner()
    for name in ("", " ", "x" * 201, "Acme\nBcc: eve@example.com", None, 7):
        answer = await platform.client.post(
            "/api/v1/organizations", json={"name": name}, headers=ada.headers
        )
        assert (answer.status_code, answer.json()["code"]) == (422, "kernel.request.invalid"), name


@pytest.mark.operation("get_organization", "rename_organization")
async def test_renaming_twice_to_the_same_name_tells_it_once(
    platform: TestPlatform, acme: Tenant
) -> None:
    await platform.relay()
    path = f"/api/v1/organizations/{acme.id}"
    answers = [
        await platform.client.patch(path, json={"name": "Acorn"}, headers=acme.owner.headers)
        for _ in range(2)
    ]
    answers.append(await platform.client.get(path, headers=acme.owner.headers))
    assert {answer.json()["name"] for answer in answers} == {"Acorn"}
    assert [event["type"] for event in platform.outbox("identity")] == ["OrganizationRenamed"]


async def test_any_but_the_tokens_organization_is_not_found(
    platform: TestPlatform, acme: Tenant, globex: Tenant
) -> None:
    answers = [
        await platform.client.request(
            method, f"/api/v1/organizations/{other}", json=body, headers=acme.owner.headers
        )
        for other in (globex.id, format_id("org", new_id()))
        for method, body in (("GET", None), ("PATCH", {"name": "Mine"}), ("DELETE", None))
    ]
    codes = {(answer.status_code, answer.json()["code"]) for answer in answers}
    assert codes == {(404, "identity.organization.not_found")}
    assert len({answer.json()["detail"] for answer in answers}) == 1
    names = platform.query("select name from identity.organizations where deleted_at is null")
    assert "Globex" in {row["name"] for row in names}


async def test_another_own_organization_needs_a_token_of_its_own(
    platform: TestPlatform, acme: Tenant
) -> None:
    in_personal = await platform.sign_in(acme.owner.email)
    answer = await platform.client.get(
        f"/api/v1/organizations/{acme.id}", headers=in_personal.headers
    )
    assert answer.status_code == 404


@pytest.mark.operation("delete_organization")
async def test_a_deleted_organization_is_gone_for_its_members(
    platform: TestPlatform, acme: Tenant
) -> None:
    await platform.relay()
    answer = await platform.client.delete(
        f"/api/v1/organizations/{acme.id}", headers=acme.owner.headers
    )
    assert answer.status_code == 204
    assert [event["type"] for event in platform.outbox("identity")] == ["OrganizationDeleted"]
    ada = await platform.sign_in(acme.owner.email)
    assert [own["personal"] for own in await my_organizations(platform, ada)] == [True]


async def test_deleting_needs_a_recent_sign_in(platform: TestPlatform, acme: Tenant) -> None:
    platform.clock.advance(timedelta(minutes=5, seconds=1))
    answer = await platform.client.delete(
        f"/api/v1/organizations/{acme.id}", headers=acme.owner.headers
    )
    assert (answer.status_code, answer.json()["code"]) == (401, "kernel.access.step_up_required")


async def test_only_an_owner_deletes(platform: TestPlatform, acme: Tenant) -> None:
    bob = await acme.member("bob@example.com", "admin")
    answer = await platform.client.delete(f"/api/v1/organizations/{acme.id}", headers=bob.headers)
    assert (answer.status_code, answer.json()["permission"]) == (403, "org:delete")


async def test_a_personal_organization_is_never_deleted(platform: TestPlatform) -> None:
    ada = await platform.owner()
    answer = await platform.client.delete(
        f"/api/v1/organizations/{ada.organization_id}", headers=ada.headers
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "identity.organization.personal")
