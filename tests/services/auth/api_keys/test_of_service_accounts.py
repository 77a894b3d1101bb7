"""API keys that speak for a service account."""

from typing import Any

import pytest

from argus.kernel.ids import format_id, new_id
from support.auth import Auth, outcome
from support.clients import post, service_account
from support.organizations import Tenant
from support.platform import Caller, TestPlatform

NOT_FOUND = (404, "auth.service_account.not_found")
NOT_GRANTABLE = (422, "auth.service_account.permission_not_grantable")


def key_of(account: dict[str, Any], *scopes: str) -> dict[str, Any]:
    return {"name": "a key", "scopes": scopes, "service_account_id": account["id"]}


async def me(platform: TestPlatform, key: dict[str, Any]) -> Any:
    return await platform.client.get("/api/v1/auth/me", headers={"X-API-Key": key["secret"]})


async def grant(
    platform: TestPlatform, by: Caller, account: dict[str, Any], *permissions: str
) -> None:
    answer = await platform.client.put(
        f"/api/v1/service-accounts/{account['id']}",
        json={"name": "renamed", "permissions": permissions},
        headers=by.headers,
    )
    assert answer.status_code == 200, answer.text


async def test_a_key_speaks_as_the_account_within_its_own_scopes(
    platform: TestPlatform, auth: Auth
) -> None:
    owner = await platform.owner()
    account = await service_account(platform, owner, "org:read", "usage:record")
    made = await auth.api_key(
        owner, "org:read", "test:read", service_account_id=account["id"], name="exporter"
    )
    assert made["service_account_id"] == account["id"]
    principal = (await me(platform, made)).json()
    assert (principal["kind"], principal["id"]) == ("service_account", account["id"])
    assert principal["credential"] == made["id"]
    assert principal["permissions"] == ["org:read"], "test:read is not granted to the account"
    [(_, event)] = auth.events("ApiKeyCreated")
    assert event["service_account_id"] == account["id"]


async def test_what_the_account_is_granted_takes_effect_on_its_keys_at_once(
    platform: TestPlatform, auth: Auth
) -> None:
    owner = await platform.owner()
    account = await service_account(platform, owner, "org:read", "usage:record")
    made = await auth.api_key(
        owner, "org:read", "usage:record", "test:read", service_account_id=account["id"]
    )
    assert (await me(platform, made)).json()["permissions"] == ["org:read", "usage:record"]
    await grant(platform, owner, account, "test:read")
    assert (await me(platform, made)).json()["permissions"] == ["test:read"]
    await grant(platform, owner, account, "test:write")
    assert (await me(platform, made)).json()["permissions"] == [], "scopes are a ceiling"


async def test_the_keys_of_a_disabled_account_are_dead_at_once(
    platform: TestPlatform, auth: Auth
) -> None:
    owner = await platform.owner()
    account = await service_account(platform, owner, "org:read")
    made = await auth.api_key(owner, "org:read", service_account_id=account["id"])
    assert (await me(platform, made)).status_code == 200
    assert (await auth.validate(made["secret"], owner))["active"] is True
    path = f"service-accounts/{account['id']}/disable"
    assert (await post(platform, owner, path)).status_code == 204
    assert (await me(platform, made)).status_code == 401
    answer = await auth.validate(made["secret"], owner)
    assert (answer["active"], answer["reason"]) == (False, "revoked")
    assert outcome(await post(platform, owner, f"api-keys/{made['id']}/rotate")) == NOT_FOUND


@pytest.mark.requirement("attacks:keys:privilege")
async def test_who_makes_a_key_of_an_account_may_do_all_that_the_account_may(
    platform: TestPlatform, auth: Auth, acme: Tenant
) -> None:
    guard = await acme.member("bob@example.com", "security_admin")
    account = await service_account(platform, acme.owner, "usage:record", "org:read")
    answer = await post(platform, guard, "api-keys", key_of(account, "org:read"))
    assert outcome(answer) == NOT_GRANTABLE
    made = await auth.api_key(acme.owner, "org:read", service_account_id=account["id"])
    answer = await post(platform, guard, f"api-keys/{made['id']}/rotate")
    assert outcome(answer) == NOT_GRANTABLE


async def test_a_rotated_key_goes_on_speaking_for_the_account(
    platform: TestPlatform, auth: Auth
) -> None:
    owner = await platform.owner()
    account = await service_account(platform, owner, "org:read")
    made = await auth.api_key(owner, "org:read", service_account_id=account["id"])
    successor = (await post(platform, owner, f"api-keys/{made['id']}/rotate")).json()
    assert (await me(platform, successor)).json()["id"] == account["id"]


@pytest.mark.parametrize("row_level_security", [True, False])
async def test_another_organizations_account_has_no_keys_here(
    platform: TestPlatform, acme: Tenant, row_level_security: bool
) -> None:
    account = await service_account(platform, acme.owner, "org:read")
    eve = await platform.owner("eve@example.com")
    if not row_level_security:
        platform.owner_connection.execute("create policy off on auth.service_account using (true)")
    for not_hers in (account, {"id": format_id("sa", new_id())}):
        answer = await post(platform, eve, "api-keys", key_of(not_hers, "org:read"))
        assert outcome(answer) == NOT_FOUND
