import asyncio
from typing import Any

import pytest

from argus.kernel.ids import format_id, new_id
from argus.services.auth.clients.client import FIRST_PARTY, Client, ClientOrigin
from argus.services.auth.clients.metadata import ClientMetadata
from argus.services.auth.resources.errors import InvalidTarget
from argus.services.auth.resources.registry import ResourceRegistry
from support.auth import Auth, outcome
from support.clients import post, resource
from support.organizations import Tenant
from support.platform import TestPlatform

NOT_FOUND = (404, "auth.resource.not_found")
TAKEN = (409, "auth.resource.taken")
INVALID = (422, "kernel.request.invalid")
ISSUER = "http://127.0.0.1:8700"


def body(identifier: str, **scopes: str) -> dict[str, Any]:
    return {"identifier": identifier, "name": "The API", "scopes": scopes}


def registry(platform: TestPlatform) -> ResourceRegistry:
    return platform.modules["auth"].resources.get(ResourceRegistry)


def linked_to(*resources: str) -> Client:
    metadata = ClientMetadata(client_name="x", redirect_uris=("https://a.example/",))
    return Client("cli_x", ClientOrigin.ORGANIZATION, metadata, resources=resources)


@pytest.mark.operation("create_resource", "get_resource", "list_resources")
async def test_a_resource_is_found_in_any_spelling_and_has_its_own(
    platform: TestPlatform, auth: Auth
) -> None:
    owner = await platform.owner()
    made = await resource(platform, owner, "https://API.example/", read="Read everything")
    assert (await auth.get(f"/api/v1/resources/{made['id']}", owner)).json() == made
    page = (await auth.get("/api/v1/resources", owner)).json()
    assert page == {"items": [made], "next_cursor": None}
    found = await registry(platform).find("https://api.EXAMPLE")
    assert found is not None
    assert found.identifier == "https://API.example/"
    assert found.scopes["read"] == "Read everything"
    assert "openid" in found.scopes
    assert await registry(platform).find("https://api.example/other") is None


@pytest.mark.operation("change_resource", "delete_resource")
async def test_a_resource_changes_its_scopes_and_not_its_identifier(
    platform: TestPlatform, auth: Auth
) -> None:
    owner = await platform.owner()
    made = await resource(platform, owner, read="Read")
    path = f"/api/v1/resources/{made['id']}"
    change = {"name": "Ours", "scopes": {"write": "Write"}}
    changed = await platform.client.put(path, json=change, headers=owner.headers)
    assert changed.json() == made | change
    smuggled = change | {"identifier": "https://other.example"}
    answer = await platform.client.put(path, json=smuggled, headers=owner.headers)
    assert outcome(answer) == INVALID
    assert (await platform.client.delete(path, headers=owner.headers)).status_code == 204
    assert outcome(await auth.get(path, owner)) == NOT_FOUND
    assert await registry(platform).find(made["identifier"]) is None
    kinds = ("ResourceCreated", "ResourceChanged", "ResourceDeleted")
    assert [kind for kind, _ in auth.events(*kinds)] == [*kinds]


@pytest.mark.requirement("rfc9068:5:distinct-audiences")
async def test_an_identifier_is_one_organizations_in_every_spelling_and_race(
    platform: TestPlatform, acme: Tenant
) -> None:
    eve = await platform.owner("eve@example.com")
    async with asyncio.TaskGroup() as group:
        asked = [
            group.create_task(post(platform, who, "resources", body(spelling)))
            for who in (eve, acme.owner)
            for spelling in ("https://api.example", "https://API.example/")
        ]
    answers = [answer.result() for answer in asked]
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert {outcome(answer) for answer in answers if answer.status_code == 409} == {TAKEN}


async def test_nobody_registers_the_platform(platform: TestPlatform) -> None:
    owner = await platform.owner()
    for path in ("", "/", "/mcp", "/else"):
        for issuer in (ISSUER, ISSUER.upper()):
            answer = await post(platform, owner, "resources", body(issuer + path))
            assert outcome(answer) == TAKEN


NO_RESOURCES: list[dict[str, Any]] = [
    body("not a uri"),
    body("https://api.example/#part"),
    body("https://api.example", openid="Steal the name"),
    body("https://api.example", **{"two words": "x"}),
    body("https://api.example", **{"": "x"}),
    body("https://api.example", read=""),
    body("https://api.example") | {"organization_id": "org_1"},
]


async def test_what_cannot_be_a_resource_is_refused(platform: TestPlatform) -> None:
    owner = await platform.owner()
    for wrong in NO_RESOURCES:
        assert outcome(await post(platform, owner, "resources", wrong)) == INVALID, wrong


@pytest.mark.parametrize("row_level_security", [True, False])
async def test_another_organizations_resource_does_not_exist_for_its_administration(
    platform: TestPlatform, auth: Auth, acme: Tenant, row_level_security: bool
) -> None:
    made = await resource(platform, acme.owner)
    eve = await platform.owner("eve@example.com")
    if not row_level_security:
        platform.owner_connection.execute("create policy off on auth.resource using (true)")
    for resource_id in (made["id"], format_id("res", new_id())):
        for method in ("GET", "PUT", "DELETE"):
            answer = await platform.client.request(
                method,
                f"/api/v1/resources/{resource_id}",
                json={"name": "mine", "scopes": {}} if method == "PUT" else None,
                headers=eve.headers,
            )
            assert outcome(answer) == NOT_FOUND
    assert (await auth.get("/api/v1/resources", eve)).json()["items"] == []


async def test_who_may_not_manage_clients_manages_no_resources(
    platform: TestPlatform, acme: Tenant
) -> None:
    member = await acme.member("cleo@example.com", "member")
    answer = await post(platform, member, "resources", body("https://api.example"))
    assert outcome(answer) == (403, "kernel.access.forbidden")


@pytest.mark.requirement("rfc8707:2:audience")
async def test_a_token_is_for_the_resource_that_a_client_names_or_its_only_one(
    platform: TestPlatform,
) -> None:
    owner = await platform.owner()
    for name in ("one", "two"):
        await resource(platform, owner, f"https://{name}.example")
    find = registry(platform).target
    one, two = "https://one.example", "https://two.example"
    assert (await find(linked_to(one), None, ["read"])).identifier == one
    assert (await find(linked_to(one, two), f"{two}/", [])).identifier == two
    assert (await find(linked_to(), two, [])).identifier == two
    assert (await find(linked_to(ISSUER), f"{ISSUER}/mcp", [])).identifier == ISSUER


@pytest.mark.requirement("rfc8707:2:invalid-target")
async def test_a_token_is_for_nothing_that_was_not_meant(platform: TestPlatform) -> None:
    owner = await platform.owner()
    for name in ("one", "two"):
        await resource(platform, owner, f"https://{name}.example")
    one, two = "https://one.example", "https://two.example"
    for client, named, scopes in (
        (linked_to(one), two, []),
        (linked_to(one, two), None, ["openid"]),
        (linked_to(one), ISSUER, []),
        (linked_to(), "https://nobody.example", []),
        (linked_to(), "", []),
        (linked_to(), None, ["openid", "org:read"]),
    ):
        with pytest.raises(InvalidTarget):
            await registry(platform).target(client, named, scopes)


async def test_a_client_without_a_resource_may_learn_who_the_person_is(
    platform: TestPlatform,
) -> None:
    """A token for the platform that an unknown client sends elsewhere opens nothing."""
    found = await registry(platform).target(FIRST_PARTY, None, ["openid", "offline_access"])
    assert found.identifier == ISSUER
