"""The token endpoint, whatever the grant: clients, resources, keys, scopes."""

import pytest

from support.oauth import DpopKey, OAuth, RegisteredClient, refusal
from support.platform import Caller, TestPlatform
from support.relying_party import RelyingParty, told
from support.tokens import claims_of

NOTES = "https://notes.example/api"


@pytest.mark.requirement(
    "rfc6749:3.2.1:confidential-authenticates",
    "rfc6749:3.2.1:public-names-itself",
    "rfc6749:6:authenticates",
)
async def test_a_client_proves_who_it_is_for_every_grant(oauth: OAuth, ada: Caller) -> None:
    client = await oauth.client(ada, token_endpoint_auth_method="client_secret_post")
    app = RelyingParty(oauth, client)
    browser = await app.signed_in(ada)
    tokens = await app.tokens(browser)
    code = (await app.allowed(browser))["code"]
    for unproved in (RegisteredClient(client.id), RegisteredClient(client.id, "x" * 43)):
        thief = RelyingParty(oauth, unproved, app.verifier)
        assert refusal(await thief.exchange(code)) == (401, "invalid_client")
        refreshed = await oauth.refresh(unproved, tokens["refresh_token"])
        assert refusal(refreshed) == (401, "invalid_client")
    nobody = await oauth.platform.client.post(
        "/oauth/token",
        data={"grant_type": "authorization_code", "code": code, "code_verifier": app.verifier},
    )
    assert refusal(nobody)[1] in ("invalid_client", "invalid_request")
    assert (await app.exchange(code)).status_code == 200


@pytest.mark.requirement(
    "rfc8707:2.1:authorization-request",
    "rfc8707:2.2:subset",
    "rfc8707:2.2:refresh",
    "rfc9068:3:resource-audience",
    "rfc9068:2.2.3:scopes-of-one-resource",
)
async def test_tokens_are_for_the_resource_that_was_authorized(oauth: OAuth, ada: Caller) -> None:
    await oauth.resource(ada, NOTES, "notes:read")
    await oauth.resource(ada, "https://other.example", "other:read")
    client = await oauth.client(ada, resources=[NOTES, "https://other.example"])
    app = RelyingParty(oauth, client)
    browser = await app.signed_in(ada)
    asked = {"resource": NOTES, "scope": "notes:read other:read"}
    code = (await app.allowed(browser, **asked))["code"]
    other = await app.exchange(code, resource="https://other.example")
    assert refusal(other) == (400, "invalid_target")
    tokens = await app.tokens(browser, **asked)
    claims = claims_of(tokens["access_token"])
    assert (claims["aud"], claims["scope"]) == (NOTES, "notes:read")
    refreshed = (await oauth.refresh(client, tokens["refresh_token"])).json()
    assert claims_of(refreshed["access_token"])["aud"] == NOTES


@pytest.mark.requirement("rfc9449:10:code-bound", "rfc9449:10.1:pushed")
async def test_a_code_for_a_key_is_exchanged_with_its_proof_only(
    platform: TestPlatform, app: RelyingParty, ada: Caller
) -> None:
    key, another = DpopKey(platform), DpopKey(platform)
    browser = await app.signed_in(ada)
    for proof in ("", another.proof()):
        code = (await app.allowed(browser, dpop_jkt=key.jkt))["code"]
        assert refusal(await app.exchange(code, proof=proof))[0] == 400
    code = (await app.allowed(browser, dpop_jkt=key.jkt))["code"]
    answer = await app.exchange(code, proof=key.proof())
    assert answer.json()["token_type"] == "DPoP"
    proved = {"DPoP": key.proof("/oauth/par")}
    answer = await platform.client.post("/oauth/par", data=app.request, headers=proved)
    pushed = answer.json()["request_uri"]
    page = await browser.open(app.reference(pushed))
    if page.response.status_code == 200:
        page = await browser.send(page, "/consent", decision="allow")
    code = told(page)["code"]
    assert refusal(await app.exchange(code, proof=another.proof()))[0] == 400
    contradiction = app.request | {"dpop_jkt": another.jkt}
    proved = {"DPoP": key.proof("/oauth/par")}
    refused = await platform.client.post("/oauth/par", data=contradiction, headers=proved)
    assert refusal(refused) == (400, "invalid_dpop_proof")


@pytest.mark.requirement("rfc9470:6.2:introspection", "rfc9470:6.1:claims")
async def test_how_and_when_a_person_signed_in_is_told(oauth: OAuth, ada: Caller) -> None:
    client = await oauth.client(ada, token_endpoint_auth_method="client_secret_post")
    app = RelyingParty(oauth, client)
    token = (await app.tokens(await app.signed_in(ada)))["access_token"]
    known = await oauth.platform.client.post(
        "/oauth/introspect", data={**client.form, "token": token}
    )
    claims = claims_of(token)
    for said in (claims, known.json()):
        assert said["auth_time"] == claims["iat"]
        assert said["acr"] == "urn:argus:acr:1"
        assert said["amr"] == ["pwd"]


@pytest.mark.requirement("rfc8725:3.5:entropy")
async def test_signing_keys_are_random_and_strong(platform: TestPlatform) -> None:
    [key] = (await platform.client.get("/.well-known/jwks.json")).json()["keys"]
    assert len(key["n"]) * 6 >= 2048
