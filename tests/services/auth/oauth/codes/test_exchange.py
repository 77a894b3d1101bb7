"""A code becomes tokens once, for the client and the sign-in that it was made for."""

import asyncio
from typing import Any

import pytest

from support import clients
from support.auth import Auth
from support.oauth import OAuth, refusal
from support.organizations import Tenant
from support.platform import TestPlatform
from support.relying_party import RelyingParty


@pytest.mark.operation("issue_tokens")
async def test_of_racers_with_one_code_at_most_one_gets_tokens_and_they_end(
    auth: Auth, app: RelyingParty, acme: Tenant
) -> None:
    code = (await app.allowed(await app.signed_in(acme.owner)))["code"]
    answers = await asyncio.gather(*(app.exchange(code) for _ in range(8)))
    won = [answer.json() for answer in answers if answer.status_code == 200]
    lost = [answer for answer in answers if answer.status_code != 200]
    assert len(won) == 1
    assert {refusal(answer) for answer in lost} == {(400, "invalid_grant")}
    assert not await auth.is_live(won[0]["access_token"])
    [(_, ended)] = auth.events("SessionRevoked")
    assert ended["reason"] == "code_reuse"


async def test_a_code_dies_with_the_sign_in_that_made_it(
    platform: TestPlatform, app: RelyingParty, acme: Tenant
) -> None:
    code = (await app.allowed(await app.signed_in(acme.owner)))["code"]
    answer = await platform.client.delete("/api/v1/auth/sessions", headers=acme.owner.headers)
    assert answer.status_code == 204, answer.text
    assert refusal(await app.exchange(code)) == (400, "invalid_grant")
    assert platform.query("select * from auth.session where client_id like 'cli_%%'") == []


async def test_a_code_that_a_stranger_tries_is_still_good_for_its_client(
    oauth: OAuth, app: RelyingParty, acme: Tenant
) -> None:
    code = (await app.allowed(await app.signed_in(acme.owner)))["code"]
    other = RelyingParty(oauth, await oauth.client(acme.owner), app.verifier)
    assert refusal(await other.exchange(code)) == (400, "invalid_grant")
    assert refusal(await app.exchange(code, code_verifier="x" * 43)) == (400, "invalid_grant")
    assert refusal(await app.exchange(code, code_verifier=None)) == (400, "invalid_request")
    assert (await app.exchange(code)).status_code == 200


@pytest.mark.parametrize("now", [{"scope": "openid"}, {"resources": ["https://api.example"]}])
async def test_a_code_brings_nothing_that_its_client_may_have_no_more(
    platform: TestPlatform, oauth: OAuth, app: RelyingParty, acme: Tenant, now: dict[str, Any]
) -> None:
    await oauth.resource(acme.owner, "https://api.example")
    code = (await app.allowed(await app.signed_in(acme.owner), scope="openid profile"))["code"]
    changed = await platform.client.put(
        f"/api/v1/clients/{app.client.id}",
        json=clients.PUBLIC | now,
        headers=acme.owner.headers,
    )
    assert changed.status_code == 200, changed.text
    assert refusal(await app.exchange(code)) == (400, "invalid_grant")


async def test_tokens_are_for_the_resource_that_was_authorized(
    auth: Auth, oauth: OAuth, acme: Tenant
) -> None:
    api = await oauth.resource(acme.owner, "https://api.acme.example", "orders:read")
    other = await oauth.resource(acme.owner, "https://other.acme.example", "orders:read")
    app = RelyingParty(oauth, await oauth.client(acme.owner, resources=[api, other]))
    browser = await app.signed_in(acme.owner)
    asked = {"scope": "openid orders:read", "resource": "HTTPS://API.acme.example/"}
    code = (await app.allowed(browser, **asked))["code"]
    for resource in (other, "https://unknown.example"):
        assert refusal(await app.exchange(code, resource=resource)) == (400, "invalid_target")
    tokens = (await app.exchange(code, resource=api)).json()
    assert (await auth.validate(tokens["access_token"], acme.owner))["reason"] == "audience"
    assert (await auth.validate(tokens["access_token"], acme.owner, audience=api))["active"]


async def test_what_is_left_of_codes_and_pushed_requests_is_forgotten(
    platform: TestPlatform, auth: Auth, app: RelyingParty, acme: Tenant
) -> None:
    await app.tokens(await app.signed_in(acme.owner))
    await platform.client.post("/oauth/par", data={**app.request, **app.client.form})
    left = "select 1 from auth.authorization_code union all select 1 from auth.pushed_request"
    await auth.maintain()
    assert len(platform.query(left)) == 2
    platform.query(
        "update auth.authorization_code set expires_at = expires_at - interval '2 days' returning 1"
    )
    platform.query(
        "update auth.pushed_request set expires_at = expires_at - interval '2 days' returning 1"
    )
    await auth.maintain()
    assert platform.query(left) == []
