"""Revocation: RFC 7009."""

from datetime import timedelta

import pytest

from support.auth import Auth
from support.oauth import MACHINE, OAuth, RegisteredClient, refusal
from support.organizations import Tenant
from support.platform import TestPlatform


@pytest.fixture
async def client(oauth: OAuth, acme: Tenant) -> RegisteredClient:
    return await oauth.client(acme.owner)


@pytest.mark.operation("revoke_token")
@pytest.mark.requirement(
    "rfc7009:2:refresh-and-access", "rfc7009:2.1:at-once", "rfc7009:2.1:children"
)
async def test_a_refresh_token_is_revoked_with_all_that_came_of_it(
    platform: TestPlatform, auth: Auth, oauth: OAuth, acme: Tenant, client: RegisteredClient
) -> None:
    issued = await oauth.let_in(acme.owner, client, "org:read")
    refreshed = (await oauth.refresh(client, issued.refresh_token)).json()
    answer = await oauth.revoke(client, refreshed["refresh_token"])
    assert (answer.status_code, answer.content) == (200, b"")
    for token in (issued.access_token, refreshed["access_token"]):
        assert not await auth.is_live(token)
    for token in (issued.refresh_token, refreshed["refresh_token"]):
        assert refusal(await oauth.refresh(client, token)) == (400, "invalid_grant")
    assert await auth.is_live(acme.owner.token)
    [(_, event)] = auth.events("SessionRevoked")
    assert event["reason"] == "client"


@pytest.mark.requirement("rfc7009:2:refresh-and-access", "rfc7009:2.1:at-once")
async def test_an_access_token_is_revoked_alone(
    platform: TestPlatform, auth: Auth, oauth: OAuth, acme: Tenant, client: RegisteredClient
) -> None:
    """Though it is self-contained: never a 200 for nothing."""
    issued = await oauth.let_in(acme.owner, client, "org:read")
    refreshed = (await oauth.refresh(client, issued.refresh_token)).json()
    assert (await oauth.revoke(client, issued.access_token)).status_code == 200
    assert not await auth.is_live(issued.access_token)
    assert await auth.is_live(refreshed["access_token"])
    assert (await oauth.refresh(client, refreshed["refresh_token"])).status_code == 200
    [(_, event)] = auth.events("AccessTokenRevoked")
    assert (event["subject"], event["client_id"]) == (acme.owner.user_id, client.id)
    platform.clock.advance(timedelta(minutes=9))
    await auth.maintain()
    assert not await auth.is_live(issued.access_token), "until it expires"


async def test_a_machine_may_give_up_its_token(oauth: OAuth, auth: Auth, acme: Tenant) -> None:
    machine, _ = await oauth.machine(acme.owner, "org:read")
    token = (await oauth.token(machine, MACHINE, resource=oauth.issuer)).json()["access_token"]
    assert await auth.is_live(token)
    assert (await oauth.revoke(machine, token)).status_code == 200
    assert not await auth.is_live(token)


@pytest.mark.requirement("rfc7009:2.1:wrong-hint")
async def test_a_hint_is_no_more_than_a_hint(
    auth: Auth, oauth: OAuth, acme: Tenant, client: RegisteredClient
) -> None:
    for hint in ("access_token", "refresh_token", "nonsense"):
        issued = await oauth.let_in(acme.owner, client, "org:read")
        answer = await oauth.revoke(client, issued.refresh_token, token_type_hint=hint)
        assert answer.status_code == 200
        assert not await auth.is_live(issued.access_token)


@pytest.mark.requirement("rfc7009:2.2:unknown-token")
async def test_what_is_unknown_or_over_needs_no_revoking(
    platform: TestPlatform, oauth: OAuth, acme: Tenant, client: RegisteredClient
) -> None:
    issued = await oauth.let_in(acme.owner, client, "org:read")
    for token in ("unknown", "a.b.c", issued.refresh_token, issued.refresh_token):
        assert (await oauth.revoke(client, token)).status_code == 200
    platform.clock.advance(timedelta(minutes=10))
    assert (await oauth.revoke(client, issued.access_token)).status_code == 200


@pytest.mark.requirement("rfc7009:2.1:own-token")
async def test_another_clients_token_is_not_revoked(
    auth: Auth, oauth: OAuth, acme: Tenant, client: RegisteredClient
) -> None:
    other = await oauth.client(acme.owner)
    issued = await oauth.let_in(acme.owner, client, "org:read")
    for token in (issued.access_token, issued.refresh_token, acme.owner.refresh_token):
        assert refusal(await oauth.revoke(other, token)) == (400, "unauthorized_client")
    assert await auth.is_live(issued.access_token)
    assert (await oauth.refresh(client, issued.refresh_token)).status_code == 200


@pytest.mark.requirement("rfc7009:2.1:authenticated", "rfc7009:2.2.1:error-form")
async def test_a_client_with_a_credential_uses_it_to_revoke(
    auth: Auth, oauth: OAuth, acme: Tenant
) -> None:
    client = await oauth.client(acme.owner, token_endpoint_auth_method="client_secret_post")
    issued = await oauth.let_in(acme.owner, client, "org:read")
    answer = await oauth.revoke(RegisteredClient(client.id), issued.access_token)
    assert refusal(answer) == (401, "invalid_client")
    assert refusal(await oauth.revoke(client, "")) == (400, "invalid_request")
    assert await auth.is_live(issued.access_token)
