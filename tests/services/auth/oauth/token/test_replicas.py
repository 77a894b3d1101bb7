"""What one replica changes about a client, another that remembers it goes by as soon as it hears of
it: the wait is for the news, and bounded.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import Any

import httpx
import pytest

from support.auth import statements
from support.clients import made, post
from support.oauth import MACHINE, OAuth, RegisteredClient, refusal
from support.organizations import Tenant
from support.platform import TestPlatform
from support.replicas import Replica, replica
from support.wire import becomes

Holds = Callable[[httpx.Response], bool]


@pytest.fixture
async def other(platform: TestPlatform) -> AsyncGenerator[Replica]:
    async with replica(platform) as running:
        yield running


async def ask(other: Replica, client: RegisteredClient, **form: str) -> httpx.Response:
    body = {"grant_type": MACHINE, **client.form, **form}
    return await other.client.post("/oauth/token", data=body)


async def knows(other: Replica, client: RegisteredClient, **form: str) -> str:
    """Return once it gives the client tokens without the database, and the scope of those."""
    async with asyncio.timeout(30):
        while True:
            with statements() as seen:
                answer = await ask(other, client, **form)
            assert answer.status_code == 200, answer.text
            if not seen:
                return answer.json()["scope"]


async def answers(other: Replica, client: RegisteredClient, holds: Holds) -> None:
    """Return as soon as the answer is like that; fail after some seconds."""
    async with asyncio.timeout(30):
        while not holds(await ask(other, client)):
            await other.feed.news(0.1)


def is_refused(error: str) -> Holds:
    return lambda answer: answer.status_code != 200 and answer.json()["error"] == error


def is_limited_to(scope: str) -> Holds:
    return lambda answer: answer.status_code == 200 and answer.json().get("scope") == scope


async def change(platform: TestPlatform, tenant: Tenant, path: str, **body: Any) -> None:
    answer = await platform.client.put(f"/api/v1/{path}", json=body, headers=tenant.owner.headers)
    assert answer.status_code == 200, answer.text


async def test_accounts_that_lose_permissions_or_are_disabled(
    platform: TestPlatform, oauth: OAuth, acme: Tenant, other: Replica
) -> None:
    client, account = await oauth.machine(acme.owner, "org:read", "test:read")
    assert await knows(other, client) == "org:read test:read"
    path = f"service-accounts/{account}"
    await change(platform, acme, path, name="robot", permissions=["org:read"])
    await answers(other, client, is_limited_to("org:read"))
    assert await other.principal((await ask(other, client)).json()["access_token"]) is not None
    await knows(other, client)
    await post(platform, acme.owner, f"{path}/disable")
    await answers(other, client, is_refused("unauthorized_client"))


async def test_clients_that_change_and_are_deleted(
    platform: TestPlatform, oauth: OAuth, acme: Tenant, other: Replica
) -> None:
    client, account = await oauth.machine(acme.owner, "org:read", "test:read")
    await knows(other, client)
    await change(
        platform,
        acme,
        f"clients/{client.id}",
        client_name="robot",
        grant_types=[MACHINE],
        token_endpoint_auth_method="client_secret_post",
        service_account_id=account,
        scope="org:read",
    )
    await answers(other, client, is_limited_to("org:read"))
    await knows(other, client)
    headers = acme.owner.headers
    await platform.client.delete(f"/api/v1/clients/{client.id}", headers=headers)
    await answers(other, client, is_refused("invalid_client"))


async def test_secrets_that_are_revoked_or_run_out(
    platform: TestPlatform, oauth: OAuth, acme: Tenant, other: Replica
) -> None:
    first, _ = await oauth.machine(acme.owner, "org:read")
    path = f"clients/{first.id}/secrets"
    made_anew = await made(platform, acme.owner, path, {})
    second = RegisteredClient(first.id, made_anew["client_secret"])
    await knows(other, first)
    await knows(other, second)
    url = f"/api/v1/{path}/{made_anew['id']}"
    answer = await platform.client.delete(url, headers=acme.owner.headers)
    assert answer.status_code == 204, answer.text
    await answers(other, second, is_refused("invalid_client"))
    await knows(other, first)
    await made(platform, acme.owner, path, {"overlap_s": 0})
    await answers(other, first, is_refused("invalid_client"))


async def test_resources_that_offer_less_or_are_gone(
    platform: TestPlatform, oauth: OAuth, acme: Tenant, other: Replica
) -> None:
    identifier = "https://api.acme.example"
    scopes = {"orders:read": "See", "orders:write": "Change"}
    body = {"identifier": identifier, "name": "API", "scopes": scopes}
    resource = await made(platform, acme.owner, "resources", body)
    client, _ = await oauth.machine(acme.owner, "org:read", resources=[identifier])
    assert await knows(other, client) == "orders:read orders:write"
    path = f"resources/{resource['id']}"
    await change(platform, acme, path, name="API", scopes={"orders:read": "See"})
    await answers(other, client, is_limited_to("orders:read"))
    await knows(other, client)
    await platform.client.delete(f"/api/v1/{path}", headers=acme.owner.headers)
    await answers(other, client, is_refused("invalid_target"))


async def test_organizations_that_are_deleted(
    platform: TestPlatform, oauth: OAuth, acme: Tenant, other: Replica
) -> None:
    client, _ = await oauth.machine(acme.owner, "org:read")
    await knows(other, client)
    url = f"/api/v1/organizations/{acme.id}"
    answer = await platform.client.delete(url, headers=acme.owner.headers)
    assert answer.status_code in (202, 204), answer.text
    await platform.relay()
    await answers(other, client, is_refused("invalid_client"))


async def test_by_what_is_remembered_nothing_is_issued_while_nothing_is_heard(
    platform: TestPlatform, oauth: OAuth, acme: Tenant, other: Replica
) -> None:
    client, _ = await oauth.machine(acme.owner, "org:read")
    await knows(other, client)
    other.wire.cut()
    await becomes(lambda: not other.feed.is_current)
    answer = await ask(other, client)
    assert refusal(answer) == (503, "temporarily_unavailable")
    other.wire.mend()
    await answers(other, client, is_limited_to("org:read"))
