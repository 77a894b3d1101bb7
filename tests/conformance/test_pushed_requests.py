"""Pushed authorization requests: RFC 9126."""

from datetime import timedelta

import httpx
import pytest

from support.oauth import OAuth, RegisteredClient, refusal
from support.platform import Caller, TestPlatform
from support.relying_party import RelyingParty, told


async def push(app: RelyingParty, **changes: str | None) -> httpx.Response:
    form = {**app.request, **app.client.form, **changes}
    sent = {name: value for name, value in form.items() if value is not None}
    return await app.oauth.platform.client.post("/oauth/par", data=sent)


def reference(app: RelyingParty, answer: httpx.Response) -> str:
    assert answer.status_code == 201, answer.text
    return app.reference(uri(answer))


def uri(answer: httpx.Response) -> str:
    return answer.json()["request_uri"]


@pytest.mark.requirement(
    "rfc9126:2:post", "rfc9126:2.2:answer", "rfc9126:2.2:unguessable", "rfc9126:4:single-use"
)
@pytest.mark.operation("push_authorization_request")
async def test_a_pushed_request_is_granted_once(app: RelyingParty, ada: Caller) -> None:
    answer = await push(app, state="s")
    assert answer.json()["expires_in"] > 0
    assert len(uri(answer).rpartition(":")[2]) >= 43, "256 bits in base64url"
    browser = await app.signed_in(ada)
    page = await browser.open(reference(app, answer))
    told_once = told(await browser.send(page, "/consent", decision="allow"))
    assert told_once["state"] == "s"
    assert (await app.exchange(told_once["code"])).status_code == 200
    assert (await browser.open(reference(app, answer))).response.status_code == 400


@pytest.mark.requirement("rfc9126:2.1:authenticated", "rfc6749:2.2:client-id-is-no-secret")
async def test_a_client_with_a_secret_needs_it_to_push(oauth: OAuth, ada: Caller) -> None:
    client = await oauth.client(ada, token_endpoint_auth_method="client_secret_post")
    assert (await push(RelyingParty(oauth, client))).status_code == 201
    without = RelyingParty(oauth, RegisteredClient(client.id))
    assert refusal(await push(without)) == (401, "invalid_client")
    wrong = RelyingParty(oauth, RegisteredClient(client.id, "x" * 43))
    assert refusal(await push(wrong)) == (401, "invalid_client")


@pytest.mark.requirement(
    "rfc9126:2.1:no-request-uri", "rfc9126:2.1:validated", "rfc9126:2.3:error-form"
)
async def test_what_could_not_be_granted_is_refused_when_it_is_pushed(app: RelyingParty) -> None:
    assert refusal(await push(app, request_uri="urn:x"))[1] == "invalid_request"
    assert refusal(await push(app, redirect_uri="https://evil.example"))[1] == "invalid_request"
    assert refusal(await push(app, code_challenge=None))[1] == "invalid_request"
    assert refusal(await push(app, scope="nothing"))[1] == "invalid_scope"
    assert refusal(await push(app, response_type="token"))[1] == "unsupported_response_type"


@pytest.mark.requirement("rfc9126:2.2:bound")
async def test_a_reference_is_good_for_its_client_only(
    app: RelyingParty, oauth: OAuth, ada: Caller
) -> None:
    answer = await push(app)
    other = RelyingParty(oauth, await oauth.client(ada))
    browser = await other.signed_in(ada)
    assert (await browser.open(reference(other, answer))).response.status_code == 400


@pytest.mark.requirement("rfc9126:4:expired")
async def test_a_reference_expires(platform: TestPlatform, app: RelyingParty, ada: Caller) -> None:
    answer = await push(app)
    platform.clock.advance(timedelta(seconds=answer.json()["expires_in"]))
    browser = await app.signed_in(ada)
    assert (await browser.open(reference(app, answer))).response.status_code == 400


@pytest.mark.requirement("rfc9126:6:required")
async def test_a_client_that_must_push_cannot_ask_otherwise(oauth: OAuth, ada: Caller) -> None:
    client = await oauth.client(ada, require_pushed_authorization_requests=True)
    app = RelyingParty(oauth, client)
    browser = await app.signed_in(ada)
    assert (await browser.open(app.url())).response.status_code == 400
    assert (await browser.open(reference(app, await push(app)))).response.status_code == 200


@pytest.mark.requirement("rfc9126:4:validated")
async def test_a_pushed_request_is_judged_by_what_the_client_may_when_it_is_used(
    platform: TestPlatform, oauth: OAuth, ada: Caller
) -> None:
    """Section 7.4: between the two the client may have lost something."""
    app = RelyingParty(oauth, await oauth.client(ada))
    browser, answer = await app.signed_in(ada), await push(app)
    changed = await platform.client.put(
        f"/api/v1/clients/{app.client.id}",
        json={
            "client_name": "An application",
            "redirect_uris": ["https://app.example/other"],
            "token_endpoint_auth_method": "none",
        },
        headers=ada.headers,
    )
    assert changed.status_code == 200, changed.text
    page = await browser.open(reference(app, answer))
    assert page.response.status_code == 400
    assert "location" not in page.response.headers
