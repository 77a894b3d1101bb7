from typing import Any

import pytest

from argus.kernel.ids import format_id, new_id, parse_id
from argus.services.auth.ids import ServiceAccountId
from argus.services.auth.service_accounts.registry import ServiceAccountRegistry
from support.auth import Auth, outcome
from support.clients import post, service_account
from support.organizations import Tenant
from support.platform import Caller, TestPlatform

NOT_FOUND = (404, "auth.service_account.not_found")
NOT_GRANTABLE = (422, "auth.service_account.permission_not_grantable")


async def put(platform: TestPlatform, by: Caller, account: Any, *permissions: str) -> Any:
    return await platform.client.put(
        f"/api/v1/service-accounts/{account['id']}",
        json={"name": "renamed", "permissions": permissions},
        headers=by.headers,
    )


async def permissions_of(platform: TestPlatform, account: Any) -> frozenset[str] | None:
    registry = platform.modules["auth"].resources.get(ServiceAccountRegistry)
    found = await registry.find(ServiceAccountId(parse_id("sa", account["id"])))
    return None if found is None else found.permissions


@pytest.mark.operation("create_service_account", "get_service_account", "list_service_accounts")
async def test_a_service_account_may_do_what_it_was_granted(
    platform: TestPlatform, auth: Auth
) -> None:
    owner = await platform.owner()
    made = await service_account(platform, owner, "usage:record", "org:read")
    assert made["permissions"] == ["org:read", "usage:record"]
    assert made["created_by"] == owner.user_id
    assert (await auth.get(f"/api/v1/service-accounts/{made['id']}", owner)).json() == made
    page = (await auth.get("/api/v1/service-accounts", owner)).json()
    assert page == {"items": [made], "next_cursor": None}
    assert await permissions_of(platform, made) == {"org:read", "usage:record"}


@pytest.mark.requirement("attacks:keys:privilege")
async def test_nobody_grants_a_machine_what_they_do_not_have_or_no_machine_may(
    platform: TestPlatform, acme: Tenant
) -> None:
    guard = await acme.member("bob@example.com", "security_admin")
    made = await service_account(platform, acme.owner, "usage:record")
    for by, permission in (
        (guard, "usage:record"),
        (acme.owner, "api_key:create"),
        (acme.owner, "service_account:manage"),
        (acme.owner, "client:manage"),
        (acme.owner, "admin:full_access"),
        (acme.owner, "org:reads"),
    ):
        body = {"name": "x", "permissions": [permission]}
        answer = await post(platform, by, "service-accounts", body)
        assert outcome(answer) == NOT_GRANTABLE
        assert answer.json()["permissions"] == [permission]
    assert (await put(platform, guard, made, "usage:record", "org:read")).status_code == 200
    assert outcome(await put(platform, guard, made, "billing:read")) == NOT_GRANTABLE


@pytest.mark.operation("change_service_account")
async def test_changed_permissions_end_the_tokens_with_the_earlier_ones(
    platform: TestPlatform, auth: Auth
) -> None:
    owner = await platform.owner()
    made = await service_account(platform, owner, "usage:record")
    assert (await put(platform, owner, made, "usage:record")).json()["name"] == "renamed"
    revoked = "select count(*) as n from auth.revocation where subject = %s"
    subject = parse_id("sa", made["id"])
    assert platform.query(revoked, subject) == [{"n": 0}]
    await put(platform, owner, made, "org:read")
    assert platform.query(revoked, subject) == [{"n": 1}]
    assert await permissions_of(platform, made) == {"org:read"}
    told = {"service_account_id": made["id"], "permissions": ["org:read"]}
    assert auth.events("ServiceAccountChanged") == [("ServiceAccountChanged", told)]


@pytest.mark.operation("disable_service_account")
async def test_a_disabled_account_acts_no_more_and_comes_not_back(
    platform: TestPlatform, auth: Auth
) -> None:
    owner = await platform.owner()
    made = await service_account(platform, owner, "org:read")
    path = f"service-accounts/{made['id']}"
    assert (await post(platform, owner, f"{path}/disable")).status_code == 204
    assert await permissions_of(platform, made) is None
    assert outcome(await post(platform, owner, f"{path}/disable")) == NOT_FOUND
    assert outcome(await put(platform, owner, made, "org:read")) == NOT_FOUND
    shown = (await auth.get(f"/api/v1/{path}", owner)).json()
    assert shown["disabled_at"] is not None
    body = {
        "client_name": "x",
        "grant_types": ["client_credentials"],
        "service_account_id": made["id"],
    }
    assert outcome(await post(platform, owner, "clients", body)) == NOT_FOUND


@pytest.mark.parametrize("row_level_security", [True, False])
async def test_another_organizations_account_does_not_exist(
    platform: TestPlatform, auth: Auth, acme: Tenant, row_level_security: bool
) -> None:
    made = await service_account(platform, acme.owner, "org:read")
    eve = await platform.owner("eve@example.com")
    if not row_level_security:
        platform.owner_connection.execute("create policy off on auth.service_account using (true)")
    for account in (made, {"id": format_id("sa", new_id())}):
        path = f"/api/v1/service-accounts/{account['id']}"
        assert outcome(await auth.get(path, eve)) == NOT_FOUND
        assert outcome(await put(platform, eve, account)) == NOT_FOUND
        assert outcome(await post(platform, eve, f"service-accounts/{account['id']}/disable")) == (
            NOT_FOUND
        )
    assert (await auth.get("/api/v1/service-accounts", eve)).json()["items"] == []
    assert await permissions_of(platform, made) == {"org:read"}
