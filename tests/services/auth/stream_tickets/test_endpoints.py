"""Tickets with which browsers open streams."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from argus.apps.compose import compose
from argus.apps.serve import build_app
from support.auth import outcome
from support.oauth import DpopKey, OAuth
from support.organizations import Tenant
from support.platform import Caller, TestPlatform

PATH = "/api/v1/stream/test/run_00000000000000000000000001"
UNAUTHENTICATED = (401, "kernel.access.unauthenticated")
LET_IN = (404, "qa.run.not_found")
"""There is no such run: who is told so was let in."""


async def issue(platform: TestPlatform, headers: dict[str, str], path: str = PATH) -> Any:
    return await platform.client.post("/api/v1/auth/tickets", json={"path": path}, headers=headers)


async def ticket_of(platform: TestPlatform, owner: Caller) -> str:
    answer = await issue(platform, owner.headers)
    assert answer.status_code == 201, answer.text
    return answer.json()["ticket"]


async def use(
    client: httpx.AsyncClient, ticket: str, path: str = PATH, **headers: str
) -> tuple[int, str]:
    return outcome(await client.get(path, params={"ticket": ticket}, headers=headers))


@pytest.mark.operation("create_stream_ticket")
async def test_a_ticket_opens_its_stream_once_and_tells_nothing(
    platform: TestPlatform, acme: Tenant, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    ticket = await ticket_of(platform, acme.owner)
    assert acme.owner.token not in ticket
    assert await use(platform.client, ticket) == LET_IN
    assert await use(platform.client, ticket) == UNAUTHENTICATED
    assert ticket not in caplog.text
    assert acme.owner.token not in caplog.text


async def test_of_replicas_that_get_a_ticket_at_once_one_lets_it_in(
    platform: TestPlatform, acme: Tenant
) -> None:
    ticket = await ticket_of(platform, acme.owner)
    settings, keyring = platform.composition.settings, platform.composition.keyring
    async with compose(settings, keyring, platform.clock) as other:
        transport = httpx.ASGITransport(build_app(other), client=("127.0.0.1", 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://argus.test") as replica:
            outcomes = await asyncio.gather(
                *(use(client, ticket) for client in (platform.client, replica) * 2)
            )
    assert sorted(outcomes) == [UNAUTHENTICATED] * 3 + [LET_IN]


async def test_a_ticket_is_for_its_path_and_for_half_a_minute(
    platform: TestPlatform, acme: Tenant
) -> None:
    ticket = await ticket_of(platform, acme.owner)
    elsewhere = PATH[:-1] + "2"
    assert await use(platform.client, ticket, elsewhere) == UNAUTHENTICATED
    assert await use(platform.client, ticket[:-6] + "AAAAAA") == UNAUTHENTICATED
    assert await use(platform.client, ticket, "/api/v1/auth/me") == UNAUTHENTICATED
    platform.clock.advance(timedelta(seconds=30))
    assert await use(platform.client, ticket) == UNAUTHENTICATED


async def test_a_ticket_ends_with_the_session_that_asked_for_it(
    platform: TestPlatform, acme: Tenant
) -> None:
    ticket = await ticket_of(platform, acme.owner)
    await platform.client.post("/api/v1/auth/sign-out", headers=acme.owner.headers)
    assert await use(platform.client, ticket) == UNAUTHENTICATED


@pytest.mark.parametrize(
    "path",
    ["/api/v1/auth/me", "/api/v1/stream/", f"{PATH}?a=b", f" {PATH}", "https://evil.example"],
)
async def test_there_are_tickets_for_streams_only(
    platform: TestPlatform, acme: Tenant, path: str
) -> None:
    answer = await issue(platform, acme.owner.headers, path)
    assert outcome(answer) == (422, "kernel.request.invalid")


async def test_there_is_no_ticket_for_a_token_that_is_bound_to_a_key(
    platform: TestPlatform, oauth: OAuth, acme: Tenant
) -> None:
    key = DpopKey(platform)
    client, _ = await oauth.machine(acme.owner, "org:read")
    form = {"grant_type": "client_credentials", "resource": oauth.issuer, **client.form}
    proof = {"DPoP": key.proof("/oauth/token", "POST")}
    answer = await platform.client.post("/oauth/token", data=form, headers=proof)
    token = answer.json()["access_token"]
    answer = await issue(platform, key.headers(token, "/api/v1/auth/tickets", "POST"))
    assert outcome(answer) == (403, "auth.stream_ticket.bound_token")
