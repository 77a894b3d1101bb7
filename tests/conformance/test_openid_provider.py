"""ID tokens, UserInfo and what a request may say of signing in: OpenID Connect Core, RFC 9470."""

import hashlib
import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from argus.kernel.ids import format_id
from support.oauth import base64url
from support.platform import PASSWORD, Caller, TestPlatform
from support.relying_party import RelyingParty, told
from support.tokens import claims_of

PERSON = "openid profile email"


async def id_token(app: RelyingParty, tokens: dict[str, Any]) -> jwt.Token:
    """The ID token, verified with the published keys."""
    keys = (await app.oauth.platform.client.get("/.well-known/jwks.json")).json()
    return jwt.decode(tokens["id_token"], KeySet.import_key_set(keys), algorithms=["RS256"])


async def user_info(app: RelyingParty, token: str, method: str = "GET") -> httpx.Response:
    return await app.oauth.platform.client.request(
        method, "/oauth/userinfo", headers={"Authorization": f"Bearer {token}"}
    )


@pytest.mark.requirement(
    "oidc-core:2:id-token-claims",
    "oidc-core:2:signed",
    "oidc-core:2:subject-form",
    "oidc-core:3.1.2.1:nonce",
    "oidc-core:3.1.3.3:id-token",
    "oidc-core:3.1.3.6:at-hash",
    "oidc-core:8:public-subjects",
    "oidc-core:10.1:kid",
    "oidc-core:15.1:rs256",
    "oidc-backchannel:2.1:sid",
)
async def test_an_id_token_says_who_signed_in_when_and_for_whom(
    platform: TestPlatform, app: RelyingParty, ada: Caller
) -> None:
    browser = await app.signed_in(ada)
    now = int(platform.clock.now().timestamp())
    platform.clock.advance(timedelta(seconds=5))
    tokens = await app.tokens(browser, nonce="n é", max_age="100")
    token = await id_token(app, tokens)
    assert token.header["alg"] == "RS256"
    assert token.header["kid"]
    claims = token.claims
    left_half = hashlib.sha256(tokens["access_token"].encode()).digest()[:16]
    assert claims["iss"] == app.oauth.issuer
    assert claims["sub"] == ada.user_id
    assert claims["aud"] == app.client.id
    assert claims["iat"] == now + 5
    assert now < claims["exp"] <= now + 3600
    assert claims["auth_time"] == now
    assert claims["nonce"] == "n é"
    assert claims["at_hash"] == base64url(left_half)
    assert claims["sid"].startswith("ses_")
    assert claims["sub"].isascii()
    assert len(claims["sub"]) <= 255
    assert not {"name", "email"} & claims.keys()


@pytest.mark.requirement("oidc-core:3.1.2.1:openid-scope")
async def test_without_the_scope_openid_there_is_no_id_token(
    app: RelyingParty, ada: Caller
) -> None:
    tokens = await app.tokens(await app.signed_in(ada), scope="profile")
    assert "id_token" not in tokens
    answer = await user_info(app, tokens["access_token"])
    assert answer.status_code == 403
    assert "insufficient_scope" in answer.headers["www-authenticate"]


@pytest.mark.requirement("oidc-core:3.1.2.1:get-and-post")
async def test_a_request_may_come_as_a_form(app: RelyingParty, ada: Caller) -> None:
    browser = await app.signed_in(ada)
    answer = await browser.client.post("/oauth/authorize", data=app.request)
    assert answer.status_code == 200
    assert "An application" in answer.text


@pytest.mark.requirement("oidc-core:3.1.2.1:prompt-none", "oidc-core:3.1.2.6:errors")
async def test_a_request_without_interaction_shows_no_page(app: RelyingParty, ada: Caller) -> None:
    stranger = app.browser()
    assert told(await stranger.open(app.url(prompt="none")))["error"] == "login_required"
    browser = await app.signed_in(ada)
    assert told(await browser.open(app.url(prompt="none")))["error"] == "consent_required"
    await app.allowed(browser)
    assert "code" in told(await browser.open(app.url(prompt="none")))


@pytest.mark.requirement("oidc-core:3.1.2.1:prompt-consent")
async def test_consent_is_remembered_and_asked_anew_on_request(
    app: RelyingParty, ada: Caller
) -> None:
    browser = await app.signed_in(ada)
    await app.allowed(browser)
    assert "code" in told(await browser.open(app.url()))
    page = await browser.open(app.url(prompt="consent"))
    assert page.response.status_code == 200
    assert (await browser.open(app.url(scope=PERSON))).response.status_code == 200, "wider"


@pytest.mark.requirement(
    "oidc-core:3.1.2.1:prompt-login",
    "oidc-core:3.1.2.1:max-age",
    "oidc-core:2:auth-time",
    "rfc9470:4:max-age",
)
@pytest.mark.parametrize("asked", [{"prompt": "login"}, {"max_age": "60"}])
async def test_a_person_authenticates_anew_where_the_client_wants_it(
    platform: TestPlatform, app: RelyingParty, ada: Caller, asked: dict[str, str]
) -> None:
    browser = await app.signed_in(ada)
    await app.allowed(browser)
    platform.clock.advance(timedelta(seconds=61))
    silent = told(await browser.open(app.url(prompt="none", max_age="60")))
    assert silent["error"] == "login_required"
    page = await browser.open(app.url(**asked))
    assert page.response.url.path == "/sign-in"
    page = await browser.send(page, "/sign-in", email=ada.email, password=PASSWORD)
    tokens = (await app.exchange(told(page)["code"])).json()
    claims = (await id_token(app, tokens)).claims
    assert claims["auth_time"] == int(platform.clock.now().timestamp())


@pytest.mark.requirement("oidc-core:3.1.2.2:hinted-person", "oidc-rpinitiated:2:own-id-token")
async def test_a_request_for_one_person_is_granted_to_no_other(
    platform: TestPlatform, app: RelyingParty, ada: Caller
) -> None:
    hint = (await app.tokens(await app.signed_in(ada)))["id_token"]
    bob = await platform.owner("bob@example.com")
    browser = await app.signed_in(bob)
    await app.allowed(browser)
    refused = told(await browser.open(app.url(prompt="none", id_token_hint=hint)))
    assert refused["error"] == "login_required"
    forged = f"{hint.rpartition('.')[0]}.{base64url(b'x' * 256)}"
    refused = told(await browser.open(app.url(id_token_hint=forged)))
    assert refused["error"] == "invalid_request"


@pytest.mark.requirement("oidc-core:15.1:optional-parameters")
async def test_display_languages_and_wishes_are_no_errors(app: RelyingParty, ada: Caller) -> None:
    wishes = {
        "display": "popup",
        "ui_locales": "fr-CA de",
        "claims_locales": "de",
        "acr_values": "urn:example:loa:7",
        "login_hint": ada.email,
    }
    assert "code" in await app.allowed(await app.signed_in(ada), **wishes)


@pytest.mark.requirement("oidc-core:5.5:claims-parameter")
async def test_single_claims_may_be_asked_for(app: RelyingParty, ada: Caller) -> None:
    claims = json.dumps({"id_token": {"email": None, "email_verified": {"essential": True}}})
    tokens = await app.tokens(await app.signed_in(ada), scope=PERSON, claims=claims)
    known = (await id_token(app, tokens)).claims
    assert (known["email"], known["email_verified"]) == (ada.email, True)
    assert "name" not in known


@pytest.mark.requirement("rfc9470:4:acr-values", "rfc9470:5:unmet")
async def test_a_strength_that_cannot_be_had_is_an_error_if_it_is_essential(
    app: RelyingParty, ada: Caller
) -> None:
    claims = {"id_token": {"acr": {"essential": True, "values": ["urn:example:loa:7"]}}}
    browser = await app.signed_in(ada)
    answer = told(await browser.open(app.url(claims=json.dumps(claims))))
    assert answer["error"] == "unmet_authentication_requirements"


@pytest.mark.requirement(
    "oidc-core:5.3:get-and-post",
    "oidc-core:5.3.1:bearer",
    "oidc-core:5.3.2:sub",
    "oidc-core:5.3.2:granted-claims",
    "oidc-core:5.3.3:errors",
    "rfc9068:4:invalid-token",
)
@pytest.mark.operation("get_user_info", "post_user_info")
async def test_user_info_tells_what_was_granted(app: RelyingParty, ada: Caller) -> None:
    browser = await app.signed_in(ada)
    least = (await app.tokens(browser))["access_token"]
    whole = (await app.tokens(browser, scope=PERSON))["access_token"]
    for method in ("GET", "POST"):
        assert (await user_info(app, least, method)).json() == {"sub": ada.user_id}
        known = (await user_info(app, whole, method)).json()
        assert known["sub"] == ada.user_id
        assert (known["email"], known["email_verified"]) == (ada.email, True)
        assert known["name"]
        refused = await user_info(app, whole + "x", method)
        assert refused.status_code == 401
        assert 'error="invalid_token"' in refused.headers["www-authenticate"]


@pytest.mark.requirement("oidc-core:12.2:refreshed-id-token", "rfc9068:2.2.1:authentication")
async def test_a_refresh_does_not_change_who_signed_in_and_when(
    platform: TestPlatform, app: RelyingParty, ada: Caller
) -> None:
    first = await app.tokens(await app.signed_in(ada), nonce="n")
    platform.clock.advance(timedelta(minutes=5))
    again = (await app.oauth.refresh(app.client, first["refresh_token"])).json()
    before, after = claims_of(first["access_token"]), claims_of(again["access_token"])
    assert after["auth_time"] == before["auth_time"] < after["iat"]
    assert after["amr"] == before["amr"]
    if "id_token" in again:
        old, new = (await id_token(app, first)).claims, (await id_token(app, again)).claims
        for claim in ("iss", "sub", "aud", "auth_time"):
            assert new[claim] == old[claim]


@pytest.mark.requirement("oidc-core:11:offline-access", "oidc-backchannel:2.7:offline-access")
async def test_access_beyond_the_session_is_asked_for_by_name(
    platform: TestPlatform, app: RelyingParty, ada: Caller
) -> None:
    browser = await app.signed_in(ada)
    await app.allowed(browser)
    page = await browser.open(app.url(scope="openid offline_access"))
    assert "offline_access" in page.text
    offline = (
        await app.exchange(told(await browser.send(page, "/consent", decision="allow"))["code"])
    ).json()
    online = await app.tokens(browser)
    [session] = platform.query("select id from auth.session where cookie_hash is not null")
    await platform.client.delete(
        f"/api/v1/auth/sessions/{format_id('ses', session['id'])}", headers=ada.headers
    )
    assert (await app.oauth.refresh(app.client, online["refresh_token"])).status_code == 400
    assert (await app.oauth.refresh(app.client, offline["refresh_token"])).status_code == 200
