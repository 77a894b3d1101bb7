"""Introspection: RFC 7662."""

from datetime import timedelta

import pytest

from argus.kernel.ids import format_id
from support.auth import Auth
from support.oauth import MACHINE, DpopKey, OAuth, RegisteredClient, refusal
from support.organizations import Tenant
from support.platform import TestPlatform

INACTIVE = {"active": False}


@pytest.fixture
async def client(oauth: OAuth, acme: Tenant) -> RegisteredClient:
    return await oauth.client(acme.owner, token_endpoint_auth_method="client_secret_post")


@pytest.mark.operation("introspect_token")
@pytest.mark.requirement("rfc7662:2.2:active")
async def test_a_client_learns_what_its_access_token_is(
    platform: TestPlatform, oauth: OAuth, acme: Tenant, client: RegisteredClient
) -> None:
    issued = await oauth.let_in(acme.owner, client, "org:read", "openid")
    answer = await oauth.introspect(client, issued.access_token)
    now = int(platform.clock.now().timestamp())
    assert answer.pop("jti")
    assert answer == {
        "active": True,
        "scope": "openid org:read",
        "client_id": client.id,
        "token_type": "Bearer",
        "exp": now + 600,
        "iat": now,
        "sub": acme.owner.user_id,
        "aud": oauth.issuer,
        "iss": oauth.issuer,
        "org": acme.id,
        "auth_time": now,
        "acr": "urn:argus:acr:1",
        "amr": ["pwd"],
    }


@pytest.mark.requirement("rfc7662:2.1:wrong-hint")
async def test_a_client_learns_what_its_refresh_token_is_whatever_the_hint(
    platform: TestPlatform, oauth: OAuth, acme: Tenant, client: RegisteredClient
) -> None:
    issued = await oauth.let_in(acme.owner, client, "org:read")
    now = platform.clock.now()
    for hint in ("refresh_token", "access_token", "nonsense"):
        answer = await oauth.introspect(client, issued.refresh_token, token_type_hint=hint)
        assert answer == {
            "active": True,
            "scope": "org:read",
            "client_id": client.id,
            "exp": int((now + timedelta(days=30)).timestamp()),
            "iat": int(now.timestamp()),
            "sub": acme.owner.user_id,
            "aud": oauth.issuer,
            "iss": oauth.issuer,
            "org": acme.id,
        }
        token = issued.access_token
        assert (await oauth.introspect(client, token, token_type_hint=hint))["active"]


@pytest.mark.requirement("rfc9449:6.2:introspection")
async def test_of_a_bound_token_the_key_is_told(
    platform: TestPlatform, oauth: OAuth, acme: Tenant, client: RegisteredClient
) -> None:
    """The resource server that asks checks the proof itself."""
    key = DpopKey(platform)
    issued = await oauth.let_in(acme.owner, client, "org:read", jkt=key.jkt, is_public=False)
    answer = await oauth.introspect(client, issued.access_token)
    assert (answer["token_type"], answer["cnf"]) == ("DPoP", {"jkt": key.jkt})


async def test_the_organization_of_a_resource_may_ask_about_tokens_for_it(
    oauth: OAuth, acme: Tenant, client: RegisteredClient
) -> None:
    audience = await oauth.resource(acme.owner, "https://api.acme.example", "read")
    other = await oauth.client(acme.owner, client_name="An application of somebody's")
    issued = await oauth.let_in(acme.owner, other, "read", audience=audience)
    assert (await oauth.introspect(client, issued.access_token))["aud"] == audience
    assert await oauth.introspect(client, issued.refresh_token) == INACTIVE


@pytest.mark.requirement("rfc7662:2.2:another-clients-token", "rfc7662:2.2:inactive-says-nothing")
async def test_whose_business_a_token_is_not_learns_nothing(
    platform: TestPlatform, auth: Auth, oauth: OAuth, acme: Tenant, client: RegisteredClient
) -> None:
    eve = await platform.owner("eve@example.com")
    hers, _ = await oauth.machine(eve, "org:read")
    audience = await oauth.resource(acme.owner, "https://api.acme.example", "read")
    at_resource = await oauth.let_in(acme.owner, client, "read", audience=audience)
    at_platform = await oauth.let_in(acme.owner, client, "org:read")
    key = await auth.api_key(acme.owner, "org:read")
    for token in (
        at_resource.access_token,
        at_resource.refresh_token,
        at_platform.access_token,
        acme.owner.token,
        eve.token,
        key["secret"],
        "unknown",
        "a.b.c",
    ):
        assert await oauth.introspect(hers, token) == INACTIVE


@pytest.mark.requirement("rfc7662:4:all-checks")
async def test_what_is_over_is_inactive_and_nothing_more(
    platform: TestPlatform, auth: Auth, oauth: OAuth, acme: Tenant, client: RegisteredClient
) -> None:
    """The same record of revocations decides as at the edge."""
    issued = await oauth.let_in(acme.owner, client, "org:read")
    answer = await oauth.refresh(client, issued.refresh_token)
    assert await oauth.introspect(client, issued.refresh_token) == INACTIVE, "it was used"
    assert (await oauth.introspect(client, issued.access_token))["active"]
    session = format_id("ses", issued.session_id)
    await platform.client.delete(f"/api/v1/auth/sessions/{session}", headers=acme.owner.headers)
    for token in (issued.access_token, answer.json()["refresh_token"]):
        assert await oauth.introspect(client, token) == INACTIVE, "the session was ended"
    another = await oauth.let_in(acme.owner, client, "org:read")
    platform.clock.advance(timedelta(minutes=10))
    assert await oauth.introspect(client, another.access_token) == INACTIVE, "it expired"
    platform.clock.advance(timedelta(days=30))
    assert await oauth.introspect(client, another.refresh_token) == INACTIVE, "it expired"


async def test_a_machines_token_is_told_as_such(oauth: OAuth, acme: Tenant) -> None:
    machine, account = await oauth.machine(acme.owner, "org:read")
    token = (await oauth.token(machine, MACHINE, resource=oauth.issuer)).json()["access_token"]
    answer = await oauth.introspect(machine, token)
    assert (answer["sub"], answer["client_id"]) == (account, machine.id)
    assert "auth_time" not in answer


@pytest.mark.requirement(
    "rfc7662:2.1:authorized", "rfc7662:2.3:bad-credentials", "rfc7662:2.1:post-form"
)
async def test_only_clients_that_authenticate_may_ask(
    platform: TestPlatform, oauth: OAuth, acme: Tenant, client: RegisteredClient
) -> None:
    public = await oauth.client(acme.owner)
    issued = await oauth.let_in(acme.owner, public, "org:read")
    for asker in (public, RegisteredClient(client.id), RegisteredClient(client.id, "wrong")):
        answer = await platform.client.post(
            "/oauth/introspect", data={"token": issued.access_token, **asker.form}
        )
        assert refusal(answer) == (401, "invalid_client")
    query = {"token": issued.access_token, **client.form}
    assert (await platform.client.get("/oauth/introspect", params=query)).status_code == 405
    answer = await platform.client.post("/oauth/introspect", params=query)
    assert refusal(answer) == (400, "invalid_request")
    answer = await platform.client.post("/oauth/introspect", data=client.form)
    assert refusal(answer) == (400, "invalid_request")
