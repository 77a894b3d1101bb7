"""What a person lets applications do, to be seen and to be taken back."""

import pytest

from support.auth import Auth, outcome
from support.organizations import Tenant
from support.platform import TestPlatform
from support.relying_party import RelyingParty


@pytest.mark.operation("list_consents", "take_back_consent")
async def test_a_consent_is_seen_grows_and_is_taken_back_with_what_came_of_it(
    platform: TestPlatform, auth: Auth, app: RelyingParty, acme: Tenant
) -> None:
    browser = await app.signed_in(acme.owner)
    asked = {"resource": app.oauth.issuer, "scope": "openid org:read"}
    tokens = await app.tokens(browser, **asked)
    await app.tokens(browser, **asked | {"scope": "openid email"})
    [consent] = (await auth.get("/api/v1/auth/consents", acme.owner)).json()["items"]
    assert consent["client_id"] == app.client.id
    assert consent["client_name"] == "An application"
    assert (consent["resource"], consent["organization_id"]) == (app.oauth.issuer, acme.id)
    assert consent["scopes"] == ["email", "openid", "org:read"]
    assert await auth.is_live(tokens["access_token"])

    eve = await platform.owner("eve@example.com")
    path = f"/api/v1/auth/consents/{consent['id']}"
    foreign = await platform.client.delete(path, headers=eve.headers)
    assert outcome(foreign) == (404, "auth.consent.not_found")
    assert (await auth.get("/api/v1/auth/consents", eve)).json() == {"items": []}

    assert (await platform.client.delete(path, headers=acme.owner.headers)).status_code == 204
    assert not await auth.is_live(tokens["access_token"])
    assert (await browser.open(app.url(**asked))).response.status_code == 200  # asked again
    told = [kind for kind, _ in auth.events("ConsentGiven", "ConsentTakenBack")]
    assert told == ["ConsentGiven", "ConsentGiven", "ConsentTakenBack"]


async def test_no_application_sees_or_changes_what_it_is_let_do(
    platform: TestPlatform, app: RelyingParty, acme: Tenant
) -> None:
    browser = await app.signed_in(acme.owner)
    tokens = await app.tokens(browser, resource=app.oauth.issuer, scope="openid org:read")
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    answer = await platform.client.get("/api/v1/auth/consents", headers=headers)
    assert outcome(answer) == (403, "kernel.access.forbidden")
