import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from argus.kernel.ids import OrganizationId, format_id, new_id, parse_id
from argus.kernel.principal import system
from argus.services.auth.clients.authenticator import ClientAuthenticator
from argus.services.auth.clients.errors import InvalidClient
from argus.services.auth.clients.registry import ClientRegistry
from argus.services.auth.revocations.repository import client_subject
from support.auth import Auth, outcome
from support.clients import PUBLIC, WEB, client, machine, post, resource, service_account
from support.oauth import OAuth, RegisteredClient
from support.organizations import Tenant
from support.platform import Caller, TestPlatform

API, ISSUER = "https://api.example", "http://127.0.0.1:8700"
NOT_FOUND = (404, "auth.client.not_found")
INVALID = (422, "kernel.request.invalid")


async def put(platform: TestPlatform, by: Caller, path: str, body: dict[str, Any]) -> Any:
    return await platform.client.put(f"/api/v1/{path}", json=body, headers=by.headers)


async def delete(platform: TestPlatform, by: Caller, path: str) -> httpx.Response:
    return await platform.client.delete(f"/api/v1/{path}", headers=by.headers)


async def authenticates(platform: TestPlatform, client_id: str, secret: str) -> bool:
    authenticator = platform.modules["auth"].resources.get(ClientAuthenticator)
    try:
        await authenticator.authenticate(None, {"client_id": client_id, "client_secret": secret})
    except InvalidClient:
        return False
    return True


@pytest.mark.operation("create_client", "get_client")
async def test_a_new_clients_secret_is_shown_once_and_stored_nowhere(
    platform: TestPlatform, auth: Auth
) -> None:
    owner = await platform.owner()
    made = await client(platform, owner, client_name="Shop")
    secret = made.pop("client_secret")
    assert secret.startswith("argus_cs_")
    assert made["client_id"].startswith("cli_")
    assert made["resources"] == ["http://127.0.0.1:8700"]
    assert made["grant_types"] == ["authorization_code"]
    assert (await auth.get(f"/api/v1/clients/{made['client_id']}", owner)).json() == made
    assert secret not in str(platform.query("select * from auth.client, auth.client_secret"))
    assert secret not in str(platform.outbox("auth"))
    assert await authenticates(platform, made["client_id"], secret)


async def test_a_public_client_has_no_secret(platform: TestPlatform) -> None:
    owner = await platform.owner()
    made = await client(platform, owner, **PUBLIC)
    assert made["client_secret"] is None
    assert platform.query("select id from auth.client_secret") == []
    answer = await post(platform, owner, f"clients/{made['client_id']}/secrets")
    assert outcome(answer) == (409, "auth.client.no_secret")


NO_CLIENTS: list[dict[str, Any]] = [
    {"redirect_uris": []},
    {"redirect_uris": ["http://app.example/callback"]},
    {"redirect_uris": ["https://app.example/#fragment"]},
    {"redirect_uris": ["https://user@app.example/"]},
    {"redirect_uris": ["https://app.example/a b"]},
    {"redirect_uris": ["https://äpp.example/"]},
    {"redirect_uris": ["https://app.example\\@evil.example/"]},
    {"redirect_uris": ["javascript:alert(1)"]},
    {"redirect_uris": ["data:text/html,x"]},
    {"redirect_uris": ["/callback"]},
    {"redirect_uris": ["http://localhost.evil.example/"]},
    {"redirect_uris": ["http://127.0.0.1:70000/"]},
    {"client_name": ""},
    {"client_name": "a\nb"},
    {"logo_uri": "http://app.example/logo.png"},
    {"backchannel_logout_uri": "com.example.app:/out"},
    {"grant_types": ["implicit"]},
    {"grant_types": ["password"]},
    {"grant_types": []},
    {"response_types": ["token"]},
    {"token_endpoint_auth_method": "client_secret_jwt"},
    {"token_endpoint_auth_method": "private_key_jwt"},
    {"jwks": {"keys": []}},
    {"scope": 'a "b"'},
    {"resources": []},
    {"resources": ["https://unregistered.example"]},
    {"grant_types": ["client_credentials"]},
    {"grant_types": ["client_credentials"], "token_endpoint_auth_method": "none"},
]


@pytest.mark.requirement("rfc9700:2.6:https-redirects", "rfc6749:3.1.2:absolute-without-fragment")
async def test_what_cannot_be_a_client_is_refused(platform: TestPlatform) -> None:
    owner = await platform.owner()
    for wrong in NO_CLIENTS:
        answer = await post(platform, owner, "clients", WEB | wrong)
        assert outcome(answer) == INVALID, wrong
    assert platform.query("select id from auth.client") == []


SMUGGLED: list[dict[str, Any]] = [
    {"client_id": "argus"},
    {"client_secret": "chosen"},
    {"organization_id": "org_00000000000000000000000000"},
    {"created_by": "usr_00000000000000000000000000"},
    {"origin": "built_in"},
    {"id": "cli_00000000000000000000000000"},
]


@pytest.mark.requirement("attacks:requests:mass-assignment")
@pytest.mark.requirement("rfc9700:4.15:no-confusion-with-people")
async def test_nothing_can_be_set_that_is_not_the_callers_to_set(platform: TestPlatform) -> None:
    owner = await platform.owner()
    path = f"clients/{(await client(platform, owner))['client_id']}"
    for smuggled in SMUGGLED:
        assert outcome(await post(platform, owner, "clients", WEB | smuggled)) == INVALID
        assert outcome(await put(platform, owner, path, WEB | smuggled)) == INVALID


async def test_a_client_may_be_answered_at_https_loopback_and_schemes_of_its_own(
    platform: TestPlatform,
) -> None:
    uris = ["https://a.example/cb?x=1", "http://localhost/cb", "http://[::1]:1/", "com.example:/cb"]
    made = await client(platform, await platform.owner(), redirect_uris=uris)
    assert made["redirect_uris"] == uris


@pytest.mark.operation("change_client")
async def test_changing_a_client_replaces_it_and_ends_tokens_only_if_they_rest_on_it(
    platform: TestPlatform, auth: Auth
) -> None:
    owner = await platform.owner()
    made = await client(platform, owner, logo_uri="https://app.example/logo.png")
    path, secret = f"clients/{made['client_id']}", made["client_secret"]
    revoked = f"select from auth.revocation where subject = '{client_subject(made['client_id'])}'"
    renamed = (await put(platform, owner, path, WEB | {"client_name": "New"})).json()
    assert (renamed["client_name"], renamed["logo_uri"]) == ("New", None)
    assert platform.query(revoked) == []
    assert await authenticates(platform, made["client_id"], secret)
    public = (await put(platform, owner, path, PUBLIC)).json()
    assert public["token_endpoint_auth_method"] == "none"
    assert platform.query(revoked) != []
    assert not await authenticates(platform, made["client_id"], secret)
    assert [data["changed"] for _, data in auth.events("ClientChanged")] == [
        ["client_name", "logo_uri"],
        ["client_name", "token_endpoint_auth_method"],
    ]
    assert [data["client_id"] for _, data in auth.events("ClientSecretRevoked")] == [
        made["client_id"]
    ]


NARROWING: list[tuple[dict[str, Any], dict[str, Any], bool]] = [
    ({"scope": "openid email"}, {"scope": "email openid profile"}, False),
    ({"scope": "openid email"}, {}, False),
    ({"scope": "openid email"}, {"scope": "openid"}, True),
    ({}, {"scope": "openid email"}, True),
    ({}, {"client_name": "New"}, False),
    ({"resources": [API, ISSUER]}, {"resources": [API]}, True),
]


async def test_people_are_asked_anew_when_a_client_may_have_less(platform: TestPlatform) -> None:
    owner, server = await platform.owner(), OAuth(platform)
    await resource(platform, owner, API)
    for before, after, ends in NARROWING:
        made = await client(platform, owner, **PUBLIC | before)
        client_id = made["client_id"]
        await server.let_in(owner, RegisteredClient(client_id), "openid")
        await put(platform, owner, f"clients/{client_id}", PUBLIC | after)
        await platform.relay()
        live = "select id from auth.session where client_id = %s and revoked_at is null"
        assert (platform.query(live, client_id) == []) is ends, after


async def test_a_deleted_clients_sessions_end(platform: TestPlatform) -> None:
    owner, server = await platform.owner(), OAuth(platform)
    made = await client(platform, owner, **PUBLIC)
    registered = RegisteredClient(made["client_id"])
    issued = await server.let_in(owner, registered, "openid", "org:read")
    assert await Auth(platform).is_live(issued.access_token)
    await delete(platform, owner, f"clients/{registered.id}")
    assert not await Auth(platform).is_live(issued.access_token)
    refused = await server.refresh(registered, issued.refresh_token)
    assert refused.json()["error"] == "invalid_client"
    await platform.relay()
    [session] = platform.query(
        "select revocation_reason from auth.session where client_id = %s", registered.id
    )
    assert session == {"revocation_reason": "client_deleted"}


async def test_a_client_is_linked_to_resources_in_their_registered_spelling(
    platform: TestPlatform,
) -> None:
    owner = await platform.owner()
    await resource(platform, owner, "https://API.example/")
    made = await client(platform, owner, resources=["https://api.EXAMPLE"])
    assert made["resources"] == ["https://API.example/"]


@pytest.mark.operation("delete_client")
async def test_a_deleted_client_is_none(platform: TestPlatform, auth: Auth) -> None:
    owner = await platform.owner()
    made = await client(platform, owner)
    path = f"clients/{made['client_id']}"
    assert (await delete(platform, owner, path)).status_code == 204
    assert outcome(await delete(platform, owner, path)) == NOT_FOUND
    assert not await authenticates(platform, made["client_id"], made["client_secret"])
    assert platform.query("select id from auth.client_secret") == []
    assert auth.events("ClientDeleted") == [("ClientDeleted", {"client_id": made["client_id"]})]


@pytest.mark.operation("create_client_secret", "list_client_secrets")
async def test_a_new_secret_and_the_old_one_both_work_for_the_overlap(
    platform: TestPlatform, auth: Auth
) -> None:
    owner = await platform.owner()
    made = await client(platform, owner)
    client_id, old = made["client_id"], made["client_secret"]
    path = f"clients/{client_id}/secrets"
    new = (await post(platform, owner, path, {"overlap_s": 3600})).json()["client_secret"]
    listed = (await auth.get(f"/api/v1/{path}", owner)).json()["items"]
    assert [secret["hint"] for secret in listed] == [old[:13], new[:13]]
    assert old not in str(listed)
    assert new not in str(listed)
    assert [secret["expires_at"] is None for secret in listed] == [False, True]
    assert await authenticates(platform, client_id, old)
    assert await authenticates(platform, client_id, new)
    platform.clock.advance(timedelta(hours=1))
    assert not await authenticates(platform, client_id, old)
    assert await authenticates(platform, client_id, new)


@pytest.mark.operation("revoke_client_secret")
async def test_a_revoked_secret_is_refused_at_once(platform: TestPlatform, auth: Auth) -> None:
    owner = await platform.owner()
    made = await client(platform, owner)
    client_id = made["client_id"]
    path = f"clients/{client_id}/secrets"
    new = (await post(platform, owner, path)).json()
    [first, _] = (await auth.get(f"/api/v1/{path}", owner)).json()["items"]
    assert (await delete(platform, owner, f"{path}/{first['id']}")).status_code == 204
    assert outcome(await delete(platform, owner, f"{path}/{first['id']}")) == NOT_FOUND
    assert not await authenticates(platform, client_id, made["client_secret"])
    assert await authenticates(platform, client_id, new["client_secret"])


async def test_a_client_has_at_most_five_secrets_whoever_races(platform: TestPlatform) -> None:
    owner = await platform.owner()
    path = f"clients/{(await client(platform, owner))['client_id']}/secrets"
    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(post(platform, owner, path)) for _ in range(6)]
    statuses = sorted(answer.result().status_code for answer in asked)
    assert statuses == [201, 201, 201, 201, 409, 409]


@pytest.mark.requirement("attacks:keys:privilege")
async def test_nobody_gets_a_credential_of_an_account_that_may_do_more_than_they(
    platform: TestPlatform, acme: Tenant
) -> None:
    """Neither by a new client, nor by another secret or key for one that exists."""
    made = await machine(platform, acme.owner, "usage:record", "audit:read")
    guard = await acme.member("bob@example.com", "security_admin")
    body = {
        "client_name": "mine",
        "grant_types": ["client_credentials"],
        "service_account_id": made["service_account_id"],
    }
    path = f"clients/{made['client_id']}"
    for answer in (
        await post(platform, guard, "clients", body),
        await post(platform, guard, f"{path}/secrets"),
        await put(platform, guard, path, body),
    ):
        assert outcome(answer) == (422, "auth.service_account.permission_not_grantable")
        assert answer.json()["permissions"] == ["usage:record"]


async def test_a_client_acts_for_an_account_of_its_own_organization_only(
    platform: TestPlatform, acme: Tenant
) -> None:
    account = await service_account(platform, acme.owner)
    eve = await platform.owner("eve@example.com")
    body = {
        "client_name": "mine",
        "grant_types": ["client_credentials"],
        "service_account_id": account["id"],
    }
    answer = await post(platform, eve, "clients", body)
    assert outcome(answer) == (404, "auth.service_account.not_found")


async def test_who_may_not_manage_clients_may_not(platform: TestPlatform, acme: Tenant) -> None:
    made = await client(platform, acme.owner)
    member = await acme.member("cleo@example.com", "member")
    key = await post(
        platform, acme.owner, "api-keys", {"name": "x", "scopes": ["org:read", "audit:read"]}
    )
    for headers in (member.headers, {"X-API-Key": key.json()["secret"]}):
        for method, path, body in (
            ("GET", "", None),
            ("GET", f"/{made['client_id']}", None),
            ("POST", "", WEB),
            ("POST", f"/{made['client_id']}/secrets", {}),
            ("DELETE", f"/{made['client_id']}", None),
        ):
            answer = await platform.client.request(
                method, f"/api/v1/clients{path}", json=body, headers=headers
            )
            assert outcome(answer) == (403, "kernel.access.forbidden")


async def test_managing_clients_needs_a_recent_sign_in(platform: TestPlatform) -> None:
    owner = await platform.owner()
    platform.clock.advance(timedelta(minutes=9))
    refreshed = (
        await platform.client.post(
            "/api/v1/auth/refresh", json={"refresh_token": owner.refresh_token}
        )
    ).json()
    platform.clock.advance(timedelta(minutes=7))
    answer = await platform.client.post(
        "/api/v1/clients",
        json=WEB,
        headers={"Authorization": f"Bearer {refreshed['access_token']}"},
    )
    assert outcome(answer) == (401, "kernel.access.step_up_required")


@pytest.mark.operation("list_clients")
async def test_clients_are_listed_page_by_page_without_secrets(
    platform: TestPlatform, auth: Auth
) -> None:
    owner = await platform.owner()
    made = [await client(platform, owner, client_name=f"app {number}") for number in range(3)]
    first = (await auth.get("/api/v1/clients?limit=2", owner)).json()
    path = f"/api/v1/clients?limit=2&cursor={first['next_cursor']}"
    second = (await auth.get(path, owner)).json()
    names = [item["client_name"] for item in first["items"] + second["items"]]
    assert names == ["app 0", "app 1", "app 2"]
    assert second["next_cursor"] is None
    assert not any(each["client_secret"] in str((first, second)) for each in made)


@pytest.mark.parametrize("row_level_security", [True, False])
async def test_another_organizations_client_does_not_exist(
    platform: TestPlatform, auth: Auth, acme: Tenant, row_level_security: bool
) -> None:
    made = await client(platform, acme.owner)
    eve = await platform.owner("eve@example.com")
    if not row_level_security:
        for table in ("client", "client_secret"):
            platform.owner_connection.execute(
                f"create policy off on auth.{table} using (true)".encode()
            )
    secret_id = format_id("sec", new_id())
    for client_id in (made["client_id"], format_id("cli", new_id())):
        path = f"/api/v1/clients/{client_id}"
        for method, below, body in (
            ("GET", "", None),
            ("PUT", "", WEB),
            ("DELETE", "", None),
            ("GET", "/secrets", None),
            ("POST", "/secrets", {}),
            ("DELETE", f"/secrets/{secret_id}", None),
        ):
            answer = await platform.client.request(
                method, path + below, json=body, headers=eve.headers
            )
            assert outcome(answer) == NOT_FOUND, (method, below)
    assert (await auth.get("/api/v1/clients", eve)).json()["items"] == []
    assert await authenticates(platform, made["client_id"], made["client_secret"])


async def test_row_level_security_alone_hides_other_organizations_clients(
    platform: TestPlatform, acme: Tenant
) -> None:
    await client(platform, acme.owner)
    eve = await platform.owner("eve@example.com")
    own = await client(platform, eve)
    for table, column in (("client", "id"), ("client_secret", "client_id")):
        tenant = OrganizationId(parse_id("org", eve.organization_id))
        async with platform.unit_of_work("auth", system("auth", tenant)) as uow:
            seen = await uow.session.scalars(text(f"select {column} from auth.{table}"))
            assert list(seen) == [parse_id("cli", own["client_id"])]
        async with platform.unit_of_work("auth", system("auth")) as uow:
            seen = await uow.session.scalars(text(f"select {column} from auth.{table}"))
            assert list(seen) == []


async def test_a_deleted_organizations_clients_end(platform: TestPlatform, acme: Tenant) -> None:
    made = await machine(platform, acme.owner, "org:read")
    await resource(platform, acme.owner)
    deleted = await delete(platform, acme.owner, f"organizations/{acme.id}")
    assert deleted.status_code == 204, deleted.text
    await platform.relay()
    registry = platform.modules["auth"].resources.get(ClientRegistry)
    assert await registry.find(made["client_id"]) is None
    assert platform.query("select id from auth.resource") == []
    [account] = platform.query("select disabled_at from auth.service_account")
    assert account["disabled_at"] is not None
