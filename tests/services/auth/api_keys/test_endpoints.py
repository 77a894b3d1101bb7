import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from argus.contracts.permissions import CREDENTIALS, Permission
from argus.kernel.ids import OrganizationId, format_id, new_id, parse_id
from argus.kernel.principal import AuthenticationMethod, system
from support.auth import Auth, outcome
from support.organizations import Tenant
from support.platform import Caller, TestPlatform

NOT_FOUND = (404, "auth.api_key.not_found")
ENDED = (409, "auth.api_key.ended")
NOT_GRANTABLE = (422, "auth.api_key.scope_not_grantable")


async def post(
    platform: TestPlatform, by: Caller, path: str, body: dict[str, Any] | None = None
) -> httpx.Response:
    return await platform.client.post(
        f"/api/v1/api-keys{path}", json=body or {}, headers=by.headers
    )


@pytest.mark.operation("create_api_key", "get_api_key")
async def test_a_new_keys_secret_is_shown_once_and_stored_nowhere(
    platform: TestPlatform, auth: Auth
) -> None:
    owner = await platform.owner()
    made = await auth.api_key(owner, "usage:record", "org:read", name="billing of the shop")
    secret = made.pop("secret")
    assert secret.startswith("argus_sk_")
    assert made["hint"] == secret[:13]
    assert made["scopes"] == ["org:read", "usage:record"]
    assert made["created_by"] == owner.user_id
    assert (await auth.get(f"/api/v1/api-keys/{made['id']}", owner)).json() == made
    [row] = platform.query("select * from auth.api_key")
    assert secret not in str(row)
    assert row["lookup"] not in (secret.encode(), b"")
    assert secret not in str(platform.outbox("auth"))


async def test_a_key_speaks_for_itself_with_its_scopes_only(
    platform: TestPlatform, auth: Auth
) -> None:
    owner = await platform.owner()
    made = await auth.api_key(owner, "org:read", "usage:record")
    for headers in (
        {"X-API-Key": made["secret"]},
        {"Authorization": f"ApiKey {made['secret']}"},
        {"Authorization": f"Bearer {made['secret']}"},
    ):
        me = (await platform.client.get("/api/v1/auth/me", headers=headers)).json()
        assert me["permissions"] == me["scopes"] == ["org:read", "usage:record"]
        assert me["kind"] == "service_account"
        assert me["id"] == me["credential"] == made["id"]
        assert me["organization_id"] == owner.organization_id
        assert (me["method"], me["roles"]) == ("api_key", ["api_user"])


async def test_a_key_without_scopes_may_do_nothing(platform: TestPlatform, auth: Auth) -> None:
    key = {"X-API-Key": (await auth.api_key(await platform.owner()))["secret"]}
    assert (await platform.client.get("/api/v1/auth/me", headers=key)).json()["permissions"] == []
    answer = await platform.client.get("/api/v1/members", headers=key)
    assert outcome(answer) == (403, "kernel.access.forbidden")


@pytest.mark.requirement("attacks:keys:minting")
async def test_a_key_never_makes_rotates_revokes_or_sees_keys(
    platform: TestPlatform, auth: Auth
) -> None:
    """Whatever an owner asks for: those permissions are for sessions."""
    owner = await platform.owner()
    for scope in ("api_key:create", "api_key:read", "org:manage_members", "admin:full_access"):
        answer = await post(platform, owner, "", {"name": "x", "scopes": [scope]})
        assert outcome(answer) == NOT_GRANTABLE
        assert answer.json()["scopes"] == [scope]
    everything = [
        permission.value
        for permission in Permission
        if AuthenticationMethod.API_KEY in CREDENTIALS[permission]
    ]
    made = await auth.api_key(owner, *everything)
    for method, path in (
        ("POST", ""),
        ("GET", ""),
        ("POST", f"/{made['id']}/rotate"),
        ("POST", f"/{made['id']}/revoke"),
    ):
        answer = await platform.client.request(
            method,
            f"/api/v1/api-keys{path}",
            json={"name": "x", "scopes": []} if method == "POST" and not path else {},
            headers={"X-API-Key": made["secret"]},
        )
        assert outcome(answer) == (403, "kernel.access.forbidden")


@pytest.mark.requirement("attacks:keys:privilege")
async def test_scopes_are_known_permissions_that_the_maker_holds(
    platform: TestPlatform, acme: Tenant
) -> None:
    guard = await acme.member("bob@example.com", "security_admin")
    for scope in ("usage:record", "org:reads", "*", ""):
        answer = await post(platform, guard, "", {"name": "x", "scopes": [scope]})
        assert outcome(answer) == NOT_GRANTABLE, scope
    answer = await post(platform, guard, "", {"name": "x", "scopes": ["audit:read"]})
    assert answer.status_code == 201
    member = await acme.member("cleo@example.com", "member")
    answer = await post(platform, member, "", {"name": "x", "scopes": []})
    assert outcome(answer) == (403, "kernel.access.forbidden")


async def test_a_key_expires_when_it_was_said_to_or_in_a_year(
    platform: TestPlatform, auth: Auth
) -> None:
    owner = await platform.owner()
    tomorrow = (platform.clock.now() + timedelta(days=1)).isoformat()
    short = (await auth.api_key(owner, "org:read", expires_at=tomorrow))["secret"]
    long = (await auth.api_key(owner, "org:read"))["secret"]
    past = {"name": "x", "scopes": [], "expires_at": platform.clock.now().isoformat()}
    answer = await post(platform, owner, "", past)
    assert outcome(answer) == (422, "auth.api_key.expiry_not_possible")
    platform.clock.advance(timedelta(days=1))
    assert not await auth.is_live(short)
    assert await auth.is_live(long)
    platform.clock.advance(timedelta(days=364))
    assert not await auth.is_live(long)


@pytest.mark.operation("revoke_api_key")
async def test_a_revoked_key_is_refused_at_once_and_revoked_once(
    platform: TestPlatform, auth: Auth
) -> None:
    owner = await platform.owner()
    made = await auth.api_key(owner, "org:read")
    revoked_at = platform.clock.now().isoformat().replace("+00:00", "Z")
    for reason in ("leaked", "unused"):
        answer = await post(platform, owner, f"/{made['id']}/revoke", {"reason": reason})
        assert answer.status_code == 204
        platform.clock.advance(timedelta(minutes=1))
    assert not await auth.is_live(made["secret"])
    shown = (await auth.get(f"/api/v1/api-keys/{made['id']}", owner)).json()
    assert (shown["revoked_at"], shown["revocation_reason"]) == (revoked_at, "leaked")
    told = {"api_key_id": made["id"], "reason": "leaked"}
    assert auth.events("ApiKeyRevoked") == [("ApiKeyRevoked", told)]
    assert outcome(await post(platform, owner, f"/{made['id']}/rotate")) == ENDED


@pytest.mark.operation("rotate_api_key")
async def test_a_rotated_key_and_its_successor_both_work_for_the_overlap(
    platform: TestPlatform, auth: Auth
) -> None:
    owner = await platform.owner()
    old = await auth.api_key(owner, "org:read")
    platform.clock.advance(timedelta(days=29))
    owner = await platform.sign_in(owner.email)
    answer = await post(platform, owner, f"/{old['id']}/rotate", {"overlap_s": 3600})
    assert answer.status_code == 201
    new = answer.json()
    assert (new["name"], new["scopes"]) == (old["name"], old["scopes"])
    expiry = platform.clock.now() + timedelta(days=365)
    assert new["expires_at"] == expiry.isoformat().replace("+00:00", "Z")
    assert await auth.is_live(old["secret"])
    assert await auth.is_live(new["secret"])
    assert outcome(await post(platform, owner, f"/{old['id']}/rotate")) == ENDED
    platform.clock.advance(timedelta(hours=1))
    assert not await auth.is_live(old["secret"])
    assert await auth.is_live(new["secret"])


@pytest.mark.requirement("attacks:keys:privilege")
async def test_nobody_gets_by_rotation_what_they_could_not_grant(
    platform: TestPlatform, acme: Tenant, auth: Auth
) -> None:
    made = await auth.api_key(acme.owner, "audit:read", "usage:record")
    guard = await acme.member("bob@example.com", "security_admin")
    answer = await post(platform, guard, f"/{made['id']}/rotate")
    assert outcome(answer) == NOT_GRANTABLE
    assert answer.json()["scopes"] == ["usage:record"]
    assert (await post(platform, acme.owner, f"/{made['id']}/rotate")).status_code == 201


async def test_of_concurrent_rotations_one_makes_the_successor(
    platform: TestPlatform, auth: Auth
) -> None:
    owner = await platform.owner()
    made = await auth.api_key(owner, "org:read")
    async with asyncio.TaskGroup() as group:
        rotations = [
            group.create_task(post(platform, owner, f"/{made['id']}/rotate")) for _ in range(4)
        ]
    statuses = sorted(rotation.result().status_code for rotation in rotations)
    assert statuses == [201, 409, 409, 409]


@pytest.mark.operation("list_api_keys")
async def test_keys_are_listed_page_by_page_without_secrets(
    platform: TestPlatform, auth: Auth
) -> None:
    owner = await platform.owner()
    made = [await auth.api_key(owner, "org:read", name=f"key {number}") for number in range(5)]
    seen: list[dict[str, Any]] = []
    path = "/api/v1/api-keys?limit=2"
    while True:
        page = (await auth.get(path, owner)).json()
        seen += page["items"]
        if page["next_cursor"] is None:
            break
        path = f"/api/v1/api-keys?limit=2&cursor={page['next_cursor']}"
    assert [key["name"] for key in seen] == [f"key {number}" for number in range(5)]
    assert not any(key["secret"] in str(seen) for key in made)


@pytest.mark.parametrize("row_level_security", [True, False])
async def test_another_organizations_key_does_not_exist(
    platform: TestPlatform, auth: Auth, acme: Tenant, row_level_security: bool
) -> None:
    made = await auth.api_key(acme.owner, "org:read")
    eve = await platform.owner("eve@example.com")
    if not row_level_security:
        platform.owner_connection.execute("create policy off on auth.api_key using (true)")
    missing = format_id("key", new_id())
    for method, path in (("GET", ""), ("POST", "/rotate"), ("POST", "/revoke")):
        answers = [
            await platform.client.request(
                method,
                f"/api/v1/api-keys/{key_id}{path}",
                json={} if method == "POST" else None,
                headers=eve.headers,
            )
            for key_id in (made["id"], missing)
        ]
        assert [outcome(answer) for answer in answers] == [NOT_FOUND, NOT_FOUND]
    assert (await auth.get("/api/v1/api-keys", eve)).json()["items"] == []
    assert await auth.is_live(made["secret"])


async def test_row_level_security_alone_hides_other_organizations_keys(
    platform: TestPlatform, auth: Auth, acme: Tenant
) -> None:
    """Without any WHERE: a session sees its own organization's rows, a stranger none at all."""
    await auth.api_key(acme.owner, "org:read")
    eve = await platform.owner("eve@example.com")
    own = await auth.api_key(eve, "org:read")
    assert await visible(platform, eve.organization_id) == [own["hint"]]
    assert await visible(platform, None) == []


async def visible(platform: TestPlatform, organization_id: str | None) -> list[str]:
    tenant = OrganizationId(parse_id("org", organization_id)) if organization_id else None
    async with platform.unit_of_work("auth", system("auth", tenant)) as uow:
        return list((await uow.session.execute(text("select hint from auth.api_key"))).scalars())


async def test_the_last_use_is_written_at_most_once_a_minute_and_off_the_way(
    platform: TestPlatform, auth: Auth
) -> None:
    owner = await platform.owner()
    made = await auth.api_key(owner, "org:read")
    stored = "select last_used_at from auth.api_key"
    first = platform.clock.now()
    assert await auth.is_live(made["secret"])
    assert platform.query(stored) == [{"last_used_at": None}]
    await auth.maintain()
    assert platform.query(stored) == [{"last_used_at": first}]
    platform.clock.advance(timedelta(seconds=59))
    await auth.is_live(made["secret"])
    await auth.maintain()
    assert platform.query(stored) == [{"last_used_at": first}]
    platform.clock.advance(timedelta(seconds=1))
    await auth.is_live(made["secret"])
    await auth.maintain()
    assert platform.query(stored) == [{"last_used_at": platform.clock.now()}]


async def test_a_repeated_request_with_an_idempotency_key_makes_one_key(
    platform: TestPlatform, auth: Auth
) -> None:
    owner = await platform.owner()
    answers = [
        await platform.client.post(
            "/api/v1/api-keys",
            json={"name": "ci", "scopes": []},
            headers=owner.headers | {"Idempotency-Key": "abc"},
        )
        for _ in range(2)
    ]
    assert answers[0].json() == answers[1].json()
    assert len(platform.query("select id from auth.api_key")) == 1


async def test_a_malformed_request_is_refused(platform: TestPlatform) -> None:
    owner = await platform.owner()
    for body in (
        {},
        {"name": "", "scopes": []},
        {"name": "x" * 101, "scopes": []},
        {"name": "a\x00b", "scopes": []},
        {"name": "x", "scopes": "org:read"},
        {"name": "x", "scopes": [], "organization_id": "org_1"},
        {"name": "x", "scopes": [], "expires_at": "2031-01-01T00:00:00"},
        {"name": "x", "scopes": [], "expires_at": "soon"},
    ):
        answer = await post(platform, owner, "", body)
        assert outcome(answer) == (422, "kernel.request.invalid"), body
