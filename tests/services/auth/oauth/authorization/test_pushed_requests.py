"""Requests that clients push before they send the person (RFC 9126)."""

import httpx
import pytest

from support.oauth import DpopKey, OAuth, refusal
from support.organizations import Tenant
from support.platform import TestPlatform
from support.relying_party import RelyingParty, told


async def push(app: RelyingParty, *, proof: str = "", **changes: str) -> httpx.Response:
    return await app.oauth.platform.client.post(
        "/oauth/par",
        data={**app.request, **app.client.form, **changes},
        headers={"DPoP": proof} if proof else {},
    )


async def allowed(app: RelyingParty, tenant: Tenant, pushed: httpx.Response) -> dict[str, str]:
    """What the client is told after the person agreed to the pushed request."""
    assert pushed.status_code == 201, pushed.text
    browser = await app.signed_in(tenant.owner)
    only = dict.fromkeys(app.request) | {"client_id": app.client.id}
    page = await browser.open(app.url(**only, request_uri=pushed.json()["request_uri"]))
    return told(await browser.send(page, "/consent", decision="allow"))


@pytest.mark.operation("push_authorization_request")
async def test_what_is_kept_of_a_pushed_request_is_no_secret(
    platform: TestPlatform, oauth: OAuth, acme: Tenant
) -> None:
    client = await oauth.client(acme.owner, token_endpoint_auth_method="client_secret_post")
    app = RelyingParty(oauth, client)
    pushed = await push(app, state="s")
    assert pushed.json()["expires_in"] == 600
    [row] = platform.query("select * from auth.pushed_request")
    assert row["parameters"] == {**app.request, "state": "s"}
    assert client.secret is not None
    assert client.secret not in str(row)
    assert pushed.json()["request_uri"].rpartition(":")[2] not in str(row)
    assert (await allowed(app, acme, pushed))["state"] == "s"
    assert platform.query("select * from auth.pushed_request") == []


async def test_what_comes_beside_a_pushed_request_changes_nothing(
    app: RelyingParty, acme: Tenant
) -> None:
    pushed = (await push(app)).json()["request_uri"]
    browser = await app.signed_in(acme.owner)
    page = await browser.open(app.url(request_uri=pushed, scope="openid email", state="injected"))
    assert "e-mail" not in page.text
    assert "state" not in told(await browser.send(page, "/consent", decision="allow"))


async def test_a_code_is_bound_to_the_key_that_pushed_its_request(
    platform: TestPlatform, app: RelyingParty, acme: Tenant
) -> None:
    key, other = DpopKey(platform), DpopKey(platform)
    refused = await push(app, proof=key.proof("/oauth/par"), dpop_jkt=other.jkt)
    assert refusal(refused) == (400, "invalid_dpop_proof")
    told_ = await allowed(app, acme, await push(app, proof=key.proof("/oauth/par")))
    for proof in ("", other.proof()):
        assert refusal(await app.exchange(told_["code"], proof=proof)) == (400, "invalid_grant")
    answer = await app.exchange(told_["code"], proof=key.proof())
    assert answer.json()["token_type"] == "DPoP"


async def test_a_code_is_bound_to_the_key_that_its_request_names(
    platform: TestPlatform, app: RelyingParty, acme: Tenant
) -> None:
    key = DpopKey(platform)
    code = (await app.allowed(await app.signed_in(acme.owner), dpop_jkt=key.jkt))["code"]
    assert refusal(await app.exchange(code)) == (400, "invalid_grant")
    assert (await app.exchange(code, proof=key.proof())).status_code == 200
