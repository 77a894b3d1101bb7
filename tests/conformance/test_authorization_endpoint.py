"""The authorization endpoint and the exchange of codes: RFC 6749, 7636, 9207, 9700."""

from datetime import timedelta

import pytest

from support.auth import Auth
from support.oauth import OAuth, refusal
from support.platform import PASSWORD, Caller, TestPlatform
from support.relying_party import CALLBACK, RelyingParty, told


@pytest.mark.requirement(
    "rfc6749:3.1:resource-owner-first",
    "rfc6749:3.1:get",
    "rfc6749:4.1.2:state",
    "rfc6749:5.1:answer",
    "rfc6749:5.1:not-stored",
    "rfc7636:4.6:right-verifier",
    "rfc9207:2:iss",
    "rfc9207:2.3:equals-metadata",
    "rfc9700:2.1.1:pkce",
    "rfc9700:4.4.2:mix-up",
    "rfc9700:4.11.2:authenticate-before-redirect",
)
@pytest.mark.requirement("attacks:codes:mix-up")
async def test_a_person_signs_in_agrees_and_the_client_gets_tokens(
    auth: Auth, app: RelyingParty, ada: Caller
) -> None:
    browser = app.browser()
    page = await browser.open(app.url(state="s t&=ate/é"))
    assert page.response.url.path == "/sign-in", "nobody is redirected before signing in"
    page = await browser.send(page, "/sign-in", email=ada.email, password=PASSWORD)
    assert "An application" in page.text
    answer = told(await browser.send(page, "/consent", decision="allow"))
    assert answer.keys() == {"code", "state", "iss"}
    assert answer["state"] == "s t&=ate/é"
    assert answer["iss"] == app.oauth.issuer
    tokens = await app.exchange(answer["code"])
    assert tokens.headers["cache-control"] == "no-store"
    assert tokens.headers["pragma"] == "no-cache"
    body = tokens.json()
    assert body["token_type"] == "Bearer"
    me = await app.oauth.platform.client.get(
        "/oauth/userinfo", headers={"Authorization": f"Bearer {body['access_token']}"}
    )
    assert me.json()["sub"] == ada.user_id


@pytest.mark.requirement("rfc6749:3.1:unknown-ignored", "rfc6749:3.1:empty-is-omitted")
async def test_what_is_unknown_or_empty_changes_nothing(app: RelyingParty, ada: Caller) -> None:
    browser = await app.signed_in(ada)
    answer = await app.allowed(browser, display="", later="1", state="")
    assert answer.keys() == {"code", "iss"}


@pytest.mark.requirement(
    "rfc6749:3.1.2.4:no-redirect",
    "rfc6749:10.15:open-redirector",
    "rfc9700:2.1:exact-redirect",
    "rfc9700:4.11.2:no-redirect-on-bad-request",
)
@pytest.mark.requirement(
    "attacks:redirects:port-slash-userinfo-unicode-fragment",
    "attacks:redirects:open-redirector",
)
async def test_an_unknown_client_or_address_is_told_to_the_person_only(
    app: RelyingParty, ada: Caller
) -> None:
    browser = await app.signed_in(ada)
    bad: list[dict[str, str | None]] = [
        {"client_id": None},
        {"client_id": "cli_00000000000000000000000000"},
        {"client_id": "x\0y"},
        {"redirect_uri": "https://evil.example/callback"},
        {"redirect_uri": CALLBACK + "/"},
        {"redirect_uri": CALLBACK + "?x=1"},
        {"redirect_uri": CALLBACK + "#x"},
        {"redirect_uri": "https://app.example:8443/callback"},
        {"redirect_uri": "https://app.example@evil.example/callback"},
        {"redirect_uri": "https://evil.example\\@app.example/callback"},
        {"redirect_uri": "https://app.exаmple/callback"},  # noqa: RUF001 - a Cyrillic letter
    ]
    for changes in bad:
        for prompt in (None, "none"):
            page = await browser.open(app.url(prompt=prompt, **changes))
            assert page.response.status_code == 400, changes
            assert "location" not in page.response.headers
            assert "<h1" in page.response.text


@pytest.mark.requirement("rfc6749:3.1.2.3:one-of-several", "rfc6749:3.1.2.2:registered")
async def test_a_client_with_several_addresses_says_which(oauth: OAuth, ada: Caller) -> None:
    several = RelyingParty(oauth, await oauth.client(ada, redirect_uris=[CALLBACK, CALLBACK + "2"]))
    browser = await several.signed_in(ada)
    page = await browser.open(several.url(redirect_uri=None))
    assert page.response.status_code == 400
    one = RelyingParty(oauth, await oauth.client(ada))
    assert "code" in await one.allowed(browser, redirect_uri=None)


@pytest.mark.requirement(
    "rfc6749:4.1.2.1:errors",
    "rfc6749:4.1.2:state",
    "rfc9207:2:iss-in-errors",
    "oidc-core:3.1.2.6:errors",
)
@pytest.mark.requirement("attacks:codes:pkce-downgrade")
async def test_the_client_is_told_what_was_wrong(app: RelyingParty, ada: Caller) -> None:
    browser = await app.signed_in(ada)
    wrong: list[tuple[dict[str, str | None], str]] = [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"scope": "no such scope"}, "invalid_scope"),
        ({"resource": "https://nobody.example"}, "invalid_target"),
        ({"request": "e30.e30."}, "request_not_supported"),
        ({"prompt": "none"}, "consent_required"),
    ]
    for changes, error in wrong:
        answer = told(await browser.open(app.url(state="s", **changes)))
        assert answer.keys() == {"error", "error_description", "state", "iss"}
        assert (answer["error"], answer["state"]) == (error, "s"), changes
        assert answer["iss"] == app.oauth.issuer


@pytest.mark.requirement("rfc6749:5.2:unauthorized-client")
async def test_a_client_without_the_grant_gets_no_code(oauth: OAuth, ada: Caller) -> None:
    client = await oauth.client(ada, grant_types=["urn:ietf:params:oauth:grant-type:device_code"])
    device = RelyingParty(oauth, client)
    browser = await device.signed_in(ada)
    assert told(await browser.open(device.url()))["error"] == "unauthorized_client"


@pytest.mark.requirement("rfc6749:4.1.2.1:access-denied", "oidc-core:3.1.2.4:consent")
async def test_a_person_may_refuse(app: RelyingParty, ada: Caller) -> None:
    browser = await app.signed_in(ada)
    page = await browser.open(app.url(state="s"))
    answer = told(await browser.send(page, "/consent", decision="deny"))
    assert (answer["error"], answer["state"]) == ("access_denied", "s")


@pytest.mark.requirement("rfc6749:10.12:csrf")
@pytest.mark.requirement("attacks:browsers:csrf")
async def test_a_forged_consent_is_none(app: RelyingParty, ada: Caller) -> None:
    browser = await app.signed_in(ada)
    page = await browser.open(app.url())
    form = page.form("/consent").fields | {"decision": "allow"}
    another = await (await app.signed_in(ada)).open(app.url())
    stolen = {
        **form,
        **{k: v for k, v in another.form("/consent").fields.items() if k != "request"},
    }
    for fields, headers in (
        ({"request": form["request"], "decision": "allow"}, {}),
        (stolen, {}),
        (form, {"Origin": "https://evil.example"}),
        (form, {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}),
    ):
        answer = await browser.client.post("/consent", data=fields, headers=headers)
        assert answer.status_code in (400, 403), headers
        assert "location" not in answer.headers


@pytest.mark.requirement(
    "rfc6749:10.13:framing", "rfc9700:4.16:clickjacking", "rfc9700:4.2.4:no-referrer"
)
async def test_the_pages_can_neither_be_framed_nor_tell_where_they_are(
    app: RelyingParty, ada: Caller
) -> None:
    browser = app.browser()
    sign_in = await browser.open(app.url())
    consent = await browser.send(sign_in, "/sign-in", email=ada.email, password=PASSWORD)
    for page in (sign_in, consent):
        headers = page.response.headers
        assert headers["x-frame-options"] == "DENY"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.requirement("rfc6749:10.14:sanitized")
async def test_what_a_request_says_is_text(oauth: OAuth, ada: Caller) -> None:
    bad = '"><script>alert(1)</script>'
    client = await oauth.client(ada, client_name=f"A {bad}")
    app = RelyingParty(oauth, client)
    browser = app.browser()
    for changes in ({"login_hint": bad}, {"state": bad}, {"client_id": bad}, {}):
        page = await browser.open(app.url(**changes))
        assert "<script>alert" not in page.response.text
    await browser.sign_in(ada.email, PASSWORD)
    page = await browser.open(app.url(state=bad))
    assert "<script>alert" not in page.response.text
    assert bad in page.text


@pytest.mark.requirement("rfc9700:2.6:no-cors-at-authorize")
async def test_no_other_site_reads_the_authorization_endpoint(app: RelyingParty) -> None:
    origin = {"Origin": "https://evil.example"}
    answer = await app.browser().client.get(app.url(), headers=origin)
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.requirement("rfc9700:4.12:no-307")
async def test_a_redirect_after_a_form_drops_what_was_in_it(app: RelyingParty, ada: Caller) -> None:
    browser = app.browser()
    page = await browser.open("/sign-in?return_to=/signed-out")
    form = page.form("/sign-in").fields | {"email": ada.email, "password": PASSWORD}
    answer = await browser.client.post("/sign-in", data=form, headers={"Origin": "null"})
    assert answer.status_code == 303, answer.text


@pytest.mark.requirement(
    "rfc7636:4.6:wrong-verifier",
    "rfc7636:4.5:missing-verifier",
    "rfc7636:4.4:challenge-bound-to-code",
    "rfc6749:4.1.3:same-redirect-uri",
    "rfc6749:4.1.2:bound",
    "rfc9700:2.1.1:downgrade",
    "rfc9700:4.5.3:code-injection",
)
@pytest.mark.requirement("attacks:codes:pkce-downgrade", "attacks:codes:injection")
async def test_a_code_is_exchanged_only_as_it_was_asked_for(app: RelyingParty, ada: Caller) -> None:
    browser = await app.signed_in(ada)
    wrong: list[tuple[dict[str, str | None], str]] = [
        ({"code_verifier": "x" * 43}, "invalid_grant"),
        ({"code_verifier": None}, "invalid_request"),
        ({"redirect_uri": CALLBACK + "2"}, "invalid_grant"),
        ({"redirect_uri": None}, "invalid_grant"),
    ]
    for changes, error in wrong:
        code = (await app.allowed(browser))["code"]
        assert refusal(await app.exchange(code, proof="", **changes)) == (400, error), changes


@pytest.mark.requirement("rfc6749:4.1.3:own-code", "rfc6749:4.1.2:bound")
@pytest.mark.requirement("attacks:codes:injection")
async def test_a_code_is_good_for_its_client_only(
    app: RelyingParty, oauth: OAuth, ada: Caller
) -> None:
    code = (await app.allowed(await app.signed_in(ada)))["code"]
    other = RelyingParty(oauth, await oauth.client(ada), app.verifier)
    assert refusal(await other.exchange(code)) == (400, "invalid_grant")


@pytest.mark.requirement("rfc6749:4.1.2:single-use", "oidc-core:3.1.3.2:code-reuse")
@pytest.mark.requirement("attacks:codes:replay")
async def test_a_code_that_comes_again_ends_what_came_of_it(
    auth: Auth, app: RelyingParty, ada: Caller
) -> None:
    code = (await app.allowed(await app.signed_in(ada)))["code"]
    tokens = (await app.exchange(code)).json()
    assert await auth.is_live(ada.token)
    assert refusal(await app.exchange(code)) == (400, "invalid_grant")
    refreshed = await app.oauth.refresh(app.client, tokens["refresh_token"])
    assert refusal(refreshed) == (400, "invalid_grant")
    assert not await auth.is_live(tokens["access_token"])
    assert await auth.is_live(ada.token), "the person goes on elsewhere"


@pytest.mark.requirement("rfc6749:4.1.2:short-lived")
async def test_a_code_lives_for_a_minute_at_most(
    platform: TestPlatform, app: RelyingParty, ada: Caller
) -> None:
    code = (await app.allowed(await app.signed_in(ada)))["code"]
    platform.clock.advance(timedelta(seconds=61))
    assert refusal(await app.exchange(code)) == (400, "invalid_grant")


@pytest.mark.requirement("rfc7636:4.4:challenge-not-in-code", "rfc6749:10.10:entropy")
async def test_a_code_is_random_and_kept_as_a_hash_only(
    platform: TestPlatform, app: RelyingParty, ada: Caller
) -> None:
    browser = await app.signed_in(ada)
    codes = {(await app.allowed(browser))["code"] for _ in range(3)}
    assert len(codes) == 3
    assert all(len(code) >= 43 for code in codes), "256 bits in base64url"
    stored = str(platform.query("select * from auth.authorization_code"))
    assert not any(code in stored for code in codes)


@pytest.mark.requirement("rfc6749:3.3:default-or-error", "rfc6749:3.3:scope-told")
async def test_the_client_learns_which_scope_it_got(app: RelyingParty, ada: Caller) -> None:
    browser = await app.signed_in(ada)
    tokens = await app.tokens(browser, scope="openid email later:unknown")
    assert set(tokens["scope"].split()) == {"openid", "email"}
    assert told(await browser.open(app.url(scope=None)))["error"] == "invalid_scope"


@pytest.mark.requirement("rfc9700:2.1:loopback-port")
async def test_a_native_client_listens_on_any_port(oauth: OAuth, ada: Caller) -> None:
    client = await oauth.client(ada, redirect_uris=["http://127.0.0.1/callback"])
    native = RelyingParty(oauth, client, redirect_uri="http://127.0.0.1:51004/callback")
    browser = await native.signed_in(ada)
    page = await browser.open(native.url())
    page = await browser.send(page, "/consent", decision="allow")
    answer = told(page, native.redirect_uri)
    assert (await native.exchange(answer["code"])).status_code == 200
