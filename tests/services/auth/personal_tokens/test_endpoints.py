"""A personal access token acts as its person, within its scopes and never beyond their roles."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from argus.contracts.identity.rpc import DEACTIVATE_USER
from argus.contracts.identity.v1.identity_pb2 import DeactivateUserRequest
from argus.kernel.ids import format_id, new_id
from support.auth import Auth, outcome
from support.organizations import Tenant
from support.platform import Caller, TestPlatform

PATH = "/api/v1/personal-access-tokens"


async def ask(platform: TestPlatform, by: Caller, *scopes: str, **body: Any) -> httpx.Response:
    return await platform.client.post(
        PATH, json={"name": "laptop", "scopes": scopes} | body, headers=by.headers
    )


async def token_of(platform: TestPlatform, by: Caller, *scopes: str) -> dict[str, Any]:
    answer = await ask(platform, by, *scopes)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def who(platform: TestPlatform, secret: str) -> dict[str, Any]:
    answer = await platform.client.get(
        "/api/v1/auth/me", headers={"Authorization": f"Bearer {secret}"}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.operation("create_personal_token", "list_personal_tokens", "revoke_personal_token")
async def test_a_token_acts_as_its_person_until_it_is_revoked(
    platform: TestPlatform, auth: Auth, acme: Tenant
) -> None:
    bob = await acme.member("bob@example.com", "member")
    made = await token_of(platform, bob, "test:read", "project:write")
    secret = made.pop("secret")
    assert secret.startswith("argus_pat_")
    me = await who(platform, secret)
    assert (me["kind"], me["id"], me["method"]) == ("user", bob.user_id, "api_key")
    assert (me["roles"], me["credential"]) == (["member"], made["id"])
    assert me["permissions"] == ["project:write", "test:read"]
    assert (await auth.get(PATH, bob)).json() == {"items": [made]}
    answer = await platform.client.delete(f"{PATH}/{made['id']}", headers=bob.headers)
    assert answer.status_code == 204
    assert not await auth.is_live(secret)


async def test_nobody_gives_a_token_what_they_may_not_do_or_no_key_may_carry(
    platform: TestPlatform, acme: Tenant
) -> None:
    bob = await acme.member("bob@example.com", "member")
    for scope in ("audit:read", "api_key:create", "org:manage_members", "no:such"):
        answer = await ask(platform, bob, scope)
        assert outcome(answer) == (422, "auth.api_key.scope_not_grantable"), scope


async def test_no_credential_but_a_fresh_session_makes_sees_or_ends_tokens(
    platform: TestPlatform, auth: Auth
) -> None:
    owner = await platform.owner()
    key = (await auth.api_key(owner, "org:read"))["secret"]
    token = await token_of(platform, owner, "org:read")
    for secret in (key, token["secret"]):
        headers = {"Authorization": f"Bearer {secret}"}
        for method, path in (("POST", ""), ("GET", ""), ("DELETE", f"/{token['id']}")):
            body = {"name": "x", "scopes": []} if method == "POST" else None
            answer = await platform.client.request(method, PATH + path, json=body, headers=headers)
            assert outcome(answer) == (403, "kernel.access.forbidden")
    platform.clock.advance(timedelta(minutes=9))
    renewed = (await auth.refresh(owner.refresh_token)).json()["access_token"]
    platform.clock.advance(timedelta(minutes=9))
    answer = await platform.client.post(
        PATH, json={"name": "x", "scopes": []}, headers={"Authorization": f"Bearer {renewed}"}
    )
    assert outcome(answer) == (401, "kernel.access.step_up_required")


async def test_a_token_follows_the_roles_of_its_person_and_ends_with_the_membership(
    platform: TestPlatform, auth: Auth, acme: Tenant
) -> None:
    bob = await acme.member("bob@example.com", "member")
    secret = (await token_of(platform, bob, "test:read", "project:write"))["secret"]
    member = f"/api/v1/members/{bob.user_id}"
    answer = await platform.client.patch(
        member, json={"roles": ["viewer"]}, headers=acme.owner.headers
    )
    assert answer.is_success, answer.text
    await platform.relay()
    assert (await who(platform, secret))["permissions"] == ["test:read"]
    answer = await platform.client.delete(member, headers=acme.owner.headers)
    assert answer.is_success, answer.text
    await platform.relay()
    assert not await auth.is_live(secret)


async def test_all_tokens_of_a_deactivated_user_end_in_every_organization(
    platform: TestPlatform, auth: Auth, acme: Tenant
) -> None:
    there = await acme.member("bob@example.com", "member")
    at_home = await platform.sign_in("bob@example.com")
    tokens = [await token_of(platform, by, "org:read") for by in (there, at_home)]
    others = await token_of(platform, acme.owner, "org:read")
    await platform.rpc.call(DEACTIVATE_USER, DeactivateUserRequest(user_id=there.user_id))
    await platform.relay()
    assert not any([await auth.is_live(token["secret"]) for token in tokens])
    assert await auth.is_live(others["secret"])


async def test_administrators_see_and_revoke_tokens_and_never_get_their_secret(
    platform: TestPlatform, auth: Auth, acme: Tenant
) -> None:
    bob = await acme.member("bob@example.com", "member")
    token = await token_of(platform, bob, "test:read")
    [seen] = (await auth.get("/api/v1/api-keys", acme.owner)).json()["items"]
    assert (seen["id"], seen["user_id"]) == (token["id"], bob.user_id)
    for action, status in (("rotate", 404), ("revoke", 204)):
        answer = await platform.client.post(
            f"/api/v1/api-keys/{token['id']}/{action}", json={}, headers=acme.owner.headers
        )
        assert answer.status_code == status
    assert not await auth.is_live(token["secret"])


async def test_other_peoples_tokens_and_unknown_ones_are_not_found_alike(
    platform: TestPlatform, auth: Auth, acme: Tenant
) -> None:
    bob = await acme.member("bob@example.com", "member")
    token = await token_of(platform, bob, "test:read")
    key = await auth.api_key(acme.owner, "org:read")
    for key_id in (token["id"], key["id"], format_id("key", new_id())):
        answer = await platform.client.delete(f"{PATH}/{key_id}", headers=acme.owner.headers)
        assert outcome(answer) == (404, "auth.api_key.not_found")
    assert (await auth.get(PATH, acme.owner)).json() == {"items": []}


async def test_the_organization_limits_how_long_tokens_and_keys_live(
    platform: TestPlatform, auth: Auth, acme: Tenant
) -> None:
    old = (await auth.api_key(acme.owner, "org:read"))["secret"]
    answer = await platform.client.put(
        "/api/v1/organization-security", json={"api_key_life_s": 3600}, headers=acme.owner.headers
    )
    assert answer.status_code == 200
    owner = await platform.sign_in(acme.owner.email, acme.id)
    token = await token_of(platform, owner, "org:read")
    until = platform.clock.now() + timedelta(hours=1)
    assert token["expires_at"] == until.isoformat().replace("+00:00", "Z")
    later = (until + timedelta(seconds=1)).isoformat()
    answer = await ask(platform, owner, expires_at=later)
    assert outcome(answer) == (422, "auth.api_key.expiry_not_possible")
    assert await auth.is_live(old)
    platform.clock.advance(timedelta(hours=1))
    assert not await auth.is_live(old), "made before, and too old now"
    assert not await auth.is_live(token["secret"])
