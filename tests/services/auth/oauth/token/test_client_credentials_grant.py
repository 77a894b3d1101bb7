"""The client credentials grant: RFC 6749 section 4.4, RFC 9068 section 5."""

from datetime import timedelta

import pytest

from support.auth import Auth
from support.oauth import MACHINE, OAuth, refusal
from support.organizations import Tenant
from support.platform import TestPlatform
from support.tokens import claims_of


@pytest.mark.requirement("rfc6749:4.4.3:no-refresh-token", "rfc9068:5:subjects-apart")
@pytest.mark.requirement("rfc9700:4.15:no-confusion-with-people")
async def test_a_client_gets_a_token_of_its_service_account(
    platform: TestPlatform, auth: Auth, oauth: OAuth, acme: Tenant
) -> None:
    client, account = await oauth.machine(acme.owner, "test:execute", "org:read")
    answer = await oauth.token(client, MACHINE, resource=oauth.issuer)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body.keys() == {"access_token", "token_type", "expires_in", "scope"}
    assert body["scope"] == "org:read test:execute"
    headers = {"Authorization": f"Bearer {body['access_token']}"}
    me = (await platform.client.get("/api/v1/auth/me", headers=headers)).json()
    assert (me["id"], me["kind"]) == (account, "service_account")
    assert me["organization_id"] == acme.id
    assert me["permissions"] == ["org:read", "test:execute"]
    assert (me["method"], me["session_id"]) == ("service_account", None)


@pytest.mark.requirement("rfc9068:2.2.3:scope", "rfc9068:2.2.3:scopes-of-one-resource")
async def test_a_machine_gets_the_scopes_that_it_asks_for_and_no_more_than_it_has(
    oauth: OAuth, acme: Tenant
) -> None:
    client, _ = await oauth.machine(acme.owner, "test:execute", "org:read")
    answer = await oauth.token(client, MACHINE, resource=oauth.issuer, scope="org:read")
    assert answer.json()["scope"] == "org:read"
    for scope in ("project:write", "org:read api_key:create", "openid", "nonsense"):
        answer = await oauth.token(client, MACHINE, resource=oauth.issuer, scope=scope)
        assert refusal(answer) == (400, "invalid_scope"), scope


async def test_a_machine_gets_tokens_for_resources_of_its_own_organization(
    platform: TestPlatform, auth: Auth, oauth: OAuth, acme: Tenant
) -> None:
    ours = await oauth.resource(acme.owner, "https://api.acme.example", "orders:read")
    eve = await platform.owner("eve@example.com")
    theirs = await oauth.resource(eve, "https://api.eve.example", "orders:read")
    client, _ = await oauth.machine(acme.owner, "org:read", resources=[ours])
    answer = await oauth.token(client, MACHINE, scope="orders:read")
    token = answer.json()["access_token"]
    assert (await auth.validate(token, acme.owner, audience=ours))["active"]
    assert (await auth.validate(token, acme.owner))["reason"] == "audience"
    for resource in (theirs, "https://unknown.example", "no uri"):
        answer = await oauth.token(client, MACHINE, resource=resource)
        assert refusal(answer) == (400, "invalid_target"), resource


async def test_what_an_account_loses_its_tokens_lose_at_once(
    platform: TestPlatform, auth: Auth, oauth: OAuth, acme: Tenant
) -> None:
    client, account = await oauth.machine(acme.owner, "test:execute", "org:read")
    token = (await oauth.token(client, MACHINE, resource=oauth.issuer)).json()["access_token"]
    assert await auth.is_live(token)
    changed = await platform.client.put(
        f"/api/v1/service-accounts/{account}",
        json={"name": "a robot", "permissions": ["org:read"]},
        headers=acme.owner.headers,
    )
    assert changed.status_code == 200, changed.text
    assert not await auth.is_live(token)
    again = await oauth.token(client, MACHINE, resource=oauth.issuer)
    assert again.json()["scope"] == "org:read"
    disabled = await platform.client.post(
        f"/api/v1/service-accounts/{account}/disable", headers=acme.owner.headers
    )
    assert disabled.status_code == 204, disabled.text
    assert not await auth.is_live(again.json()["access_token"])
    refused = await oauth.token(client, MACHINE, resource=oauth.issuer)
    assert refusal(refused) == (400, "unauthorized_client")


async def test_a_token_that_was_issued_while_its_client_changed_ends_when_that_is_told(
    platform: TestPlatform, auth: Auth, oauth: OAuth, acme: Tenant
) -> None:
    client, account = await oauth.machine(acme.owner, "test:execute", "org:read")
    changed = await platform.client.put(
        f"/api/v1/clients/{client.id}",
        json={
            "client_name": "A robot",
            "grant_types": [MACHINE],
            "token_endpoint_auth_method": "client_secret_post",
            "service_account_id": account,
            "scope": "org:read",
        },
        headers=acme.owner.headers,
    )
    assert changed.status_code == 200, changed.text
    meanwhile = (await oauth.token(client, MACHINE, resource=oauth.issuer)).json()["access_token"]
    await platform.relay()
    assert not await auth.is_live(meanwhile)
    again = (await oauth.token(client, MACHINE, resource=oauth.issuer)).json()["access_token"]
    assert await auth.is_live(again)


async def test_a_deleted_organizations_machines_are_refused(
    platform: TestPlatform, auth: Auth, oauth: OAuth, acme: Tenant
) -> None:
    client, _ = await oauth.machine(acme.owner, "org:read")
    token = (await oauth.token(client, MACHINE, resource=oauth.issuer)).json()["access_token"]
    answer = await platform.client.delete(
        f"/api/v1/organizations/{acme.id}", headers=acme.owner.headers
    )
    assert answer.status_code in (202, 204), answer.text
    await platform.relay()
    assert not await auth.is_live(token)


@pytest.mark.requirement("rfc6749:4.4:confidential-only")
@pytest.mark.requirement("rfc6749:4.4.2:authenticated")
async def test_a_client_that_proves_nothing_speaks_for_no_account(
    oauth: OAuth, acme: Tenant
) -> None:
    client, _ = await oauth.machine(acme.owner, "org:read")
    without_secret = type(client)(client.id)
    answer = await oauth.token(without_secret, MACHINE, resource=oauth.issuer)
    assert refusal(answer) == (401, "invalid_client")
    public = await oauth.client(acme.owner)
    answer = await oauth.token(public, MACHINE, resource=oauth.issuer)
    assert refusal(answer) == (400, "unauthorized_client")


async def test_audit_is_told_in_sums_who_got_tokens_of_what_kind(
    platform: TestPlatform, auth: Auth, oauth: OAuth, acme: Tenant
) -> None:
    client, account = await oauth.machine(acme.owner, "test:execute", "org:read")
    asked = {"resource": oauth.issuer, "scope": "org:read"}
    alike = [(await oauth.token(client, MACHINE, **asked)).json() for _ in range(3)]
    platform.clock.advance(timedelta(seconds=5))
    alike.append((await oauth.token(client, MACHINE, **asked)).json())
    await oauth.token(client, MACHINE, resource=oauth.issuer)
    assert auth.events("AccessTokensIssued") == []
    await auth.maintain()
    [(_, several), (_, one)] = auth.events("AccessTokensIssued")
    ids = [claims_of(each["access_token"])["jti"] for each in alike]
    assert (several["subject"], several["client_id"]) == (account, client.id)
    assert (several["grant"], several["scopes"]) == (MACHINE, ["org:read"])
    assert (several["count"], one["count"]) == (4, 1)
    assert (several["first_token_id"], several["last_token_id"]) == (ids[0], ids[-1])
    assert sorted(ids) == ids, "the ids of those between lie between"
    assert several["first_at"] < several["last_at"]
    [envelope, _] = [
        each for each in platform.outbox("auth") if each["type"] == "AccessTokensIssued"
    ]
    assert envelope["organization"] == acme.id
    assert envelope["principal"]["id"] == account
    assert envelope["principal"]["address"] == "127.0.0.1"
    await auth.maintain()
    assert len(auth.events("AccessTokensIssued")) == 2, "each is told of once"


async def test_one_token_of_many_can_be_revoked(
    auth: Auth, oauth: OAuth, acme: Tenant, platform: TestPlatform
) -> None:
    client, _ = await oauth.machine(acme.owner, "org:read")
    given_up, kept = [
        (await oauth.token(client, MACHINE, resource=oauth.issuer)).json()["access_token"]
        for _ in range(2)
    ]
    form = {"token": given_up, **client.form}
    assert (await platform.client.post("/oauth/revoke", data=form)).status_code == 200
    assert not await auth.is_live(given_up)
    assert await auth.is_live(kept)
