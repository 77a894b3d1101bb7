"""Signing out for clients, and telling them of it."""

from urllib.parse import urlencode

import pytest
from joserfc import jws, jwt
from joserfc.jwk import KeySet

from argus.services.auth.oauth.logout_token import EVENT
from support.auth import Auth
from support.browsing import Browser
from support.oauth import OAuth, RegisteredClient
from support.platform import Caller, TestPlatform
from support.relying_party import RelyingParty
from support.website import Answer, WebSite, serve

BACK = "https://app.example/signed-out"


@pytest.fixture
async def ada(platform: TestPlatform) -> Caller:
    return await platform.owner("ada@example.com")


@pytest.fixture
async def client(oauth: OAuth, ada: Caller) -> RegisteredClient:
    return await oauth.client(ada, client_name="Shop", post_logout_redirect_uris=[BACK])


@pytest.fixture
async def shop(oauth: OAuth, client: RegisteredClient) -> RelyingParty:
    return RelyingParty(oauth, client)


def path(**parameters: str) -> str:
    return f"/oauth/logout?{urlencode(parameters)}"


async def is_signed_in(browser: Browser) -> bool:
    return (await browser.open("/account")).response.url.path == "/account"


@pytest.mark.requirement("oidc-rpinitiated:3:state")
async def test_a_client_that_shows_its_id_token_signs_out_at_once_and_gets_the_person_back(
    oauth: OAuth, shop: RelyingParty, ada: Caller
) -> None:
    browser = await shop.signed_in(ada)
    tokens = await shop.tokens(browser)
    page = await browser.open(
        path(id_token_hint=tokens["id_token"], post_logout_redirect_uri=BACK, state="a b&c")
    )
    assert page.response.headers["location"] == f"{BACK}?state=a+b%26c"
    assert not await is_signed_in(browser)
    assert (await oauth.refresh(shop.client, tokens["refresh_token"])).status_code == 400


@pytest.mark.requirement("oidc-rpinitiated:2:asked")
async def test_without_proof_the_person_is_asked(shop: RelyingParty, ada: Caller) -> None:
    browser = await shop.signed_in(ada)
    page = await browser.open(path(client_id=shop.client.id, post_logout_redirect_uri=BACK))
    assert "Shop asks to sign you out" in page.text
    assert await is_signed_in(browser)
    page = await browser.send(page, "/sign-out")
    assert page.response.headers["location"] == BACK
    assert not await is_signed_in(browser)


async def test_the_id_token_of_another_persons_session_signs_nobody_out(
    platform: TestPlatform, shop: RelyingParty, ada: Caller
) -> None:
    eve = await platform.owner("eve@example.com")
    hers = await shop.tokens(await shop.signed_in(eve))
    browser = await shop.signed_in(ada)
    page = await browser.open(path(id_token_hint=hers["id_token"]))
    assert page.has_form("/sign-out")
    assert await is_signed_in(browser)


async def test_the_id_token_of_the_persons_session_elsewhere_signs_nobody_out_here(
    shop: RelyingParty, ada: Caller
) -> None:
    elsewhere = await shop.tokens(await shop.signed_in(ada))
    browser = await shop.signed_in(ada)
    page = await browser.open(path(id_token_hint=elsewhere["id_token"]))
    assert page.has_form("/sign-out")
    assert await is_signed_in(browser)


@pytest.mark.requirement(
    "oidc-rpinitiated:3:registered-redirect",
    "oidc-rpinitiated:4:no-redirect-on-error",
    "oidc-rpinitiated:2:own-id-token",
)
@pytest.mark.parametrize(
    "parameters",
    [
        {"post_logout_redirect_uri": "https://evil.example/"},
        {"post_logout_redirect_uri": BACK},
        {"post_logout_redirect_uri": f"{BACK}/", "client_id": "this"},
        {"post_logout_redirect_uri": BACK, "client_id": "argus"},
        {"id_token_hint": "e30.e30.e30"},
    ],
)
async def test_nobody_is_sent_where_the_client_did_not_register(
    shop: RelyingParty, ada: Caller, parameters: dict[str, str]
) -> None:
    browser = await shop.signed_in(ada)
    sent = parameters | (
        {"client_id": shop.client.id} if parameters.get("client_id") == "this" else {}
    )
    page = await browser.open(path(**sent))
    assert (page.response.status_code, "Sign-out refused" in page.text) == (400, True)
    assert await is_signed_in(browser)


@pytest.mark.requirement("oidc-rpinitiated:2:client-id-matches")
async def test_an_id_token_of_another_client_is_refused(
    oauth: OAuth, shop: RelyingParty, ada: Caller
) -> None:
    other = await oauth.client(ada, client_name="Other")
    tokens = await shop.tokens(await shop.signed_in(ada))
    page = await shop.browser().open(path(id_token_hint=tokens["id_token"], client_id=other.id))
    assert page.response.status_code == 400


@pytest.mark.requirement("oidc-rpinitiated:2:get-and-post")
async def test_a_request_by_form_is_the_same_as_by_address(shop: RelyingParty, ada: Caller) -> None:
    browser = await shop.signed_in(ada)
    tokens = await shop.tokens(browser)
    answer = await browser.client.post(
        "/oauth/logout",
        data={"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": BACK},
        headers={"Origin": "https://app.example", "Sec-Fetch-Site": "cross-site"},
    )
    assert answer.status_code == 303
    page = await browser.open(answer.headers["location"])
    assert page.response.headers["location"] == BACK


async def test_who_is_signed_out_already_is_only_sent_back(shop: RelyingParty) -> None:
    page = await shop.browser().open(path(client_id=shop.client.id, post_logout_redirect_uri=BACK))
    assert page.response.headers["location"] == BACK
    assert "You are signed out" in (await shop.browser().open("/oauth/logout")).text


@pytest.mark.requirement(
    "oidc-backchannel:2.4:claims",
    "oidc-backchannel:2.4:no-nonce",
    "oidc-backchannel:2.4:typed",
    "oidc-backchannel:2.5:request",
    "oidc-backchannel:2.1:sid",
    "oidc-backchannel:2.3:all-clients",
)
async def test_a_client_is_told_when_its_session_ends(
    platform: TestPlatform, oauth: OAuth, auth: Auth, ada: Caller
) -> None:
    with serve(WebSite({"/logout": Answer()})) as site:
        client = await oauth.client(ada, backchannel_logout_uri=f"{site.url}/logout")
        shop = RelyingParty(oauth, client)
        browser = await shop.signed_in(ada)
        tokens = await shop.tokens(browser)
        await browser.send(await browser.open("/oauth/logout"), "/sign-out")
        await platform.relay()
        await platform.work()
        [asked] = site.asked
    keys = KeySet.import_key_set((await platform.client.get("/.well-known/jwks.json")).json())
    token = jwt.decode(asked.form["logout_token"], keys, algorithms=["RS256"])
    hint = jwt.decode(tokens["id_token"], keys, algorithms=["RS256"])
    assert token.header["typ"] == "logout+jwt"
    assert token.claims["events"] == {EVENT: {}}
    for claim in ("iss", "sub", "aud", "sid"):
        assert token.claims[claim] == hint.claims[claim]
    assert 0 < token.claims["exp"] - token.claims["iat"] <= 120
    assert token.claims["jti"]
    assert "nonce" not in token.claims
    assert jws.extract_compact(asked.form["logout_token"].encode()).headers()["kid"]


@pytest.mark.requirement("oidc-backchannel:2.5:repeated")
async def test_a_client_that_is_away_is_told_later(
    platform: TestPlatform, oauth: OAuth, ada: Caller
) -> None:
    with serve(WebSite({"/logout": Answer(status=503)})) as site:
        client = await oauth.client(ada, backchannel_logout_uri=f"{site.url}/logout")
        shop = RelyingParty(oauth, client)
        browser = await shop.signed_in(ada)
        await shop.tokens(browser)
        await browser.send(await browser.open("/oauth/logout"), "/sign-out")
        await platform.relay()
        await platform.work()
        assert len(site.asked) == 1
    waiting = platform.query(
        "select task_name, status, attempts from auth.procrastinate_jobs"
        " where task_name = 'auth.logout.tell_client' and status = 'todo'"
    )
    assert [row["attempts"] for row in waiting] == [1]


async def test_a_client_behind_an_address_that_may_not_be_reached_is_left_alone(
    platform: TestPlatform, oauth: OAuth, ada: Caller
) -> None:
    client = await oauth.client(ada, backchannel_logout_uri="http://[::1]:9/logout")
    shop = RelyingParty(oauth, client)
    browser = await shop.signed_in(ada)
    await shop.tokens(browser)
    await browser.send(await browser.open("/oauth/logout"), "/sign-out")
    await platform.relay()
    await platform.work()
    left = "select * from auth.procrastinate_jobs where status <> 'succeeded'"
    assert platform.query(left) == []


@pytest.mark.requirement("oidc-backchannel:2.1:metadata", "oidc-rpinitiated:2.1:metadata")
async def test_the_metadata_says_how_logout_works(platform: TestPlatform, oauth: OAuth) -> None:
    document = (await platform.client.get("/.well-known/openid-configuration")).json()
    assert document["end_session_endpoint"] == f"{oauth.issuer}/oauth/logout"
    assert document["backchannel_logout_supported"] is True
    assert document["backchannel_logout_session_supported"] is True


@pytest.mark.requirement("oidc-backchannel:2.7:offline-access")
async def test_access_for_when_the_person_is_away_outlives_the_logout(
    oauth: OAuth, shop: RelyingParty, ada: Caller
) -> None:
    browser = await shop.signed_in(ada)
    tokens = await shop.tokens(browser, scope="openid offline_access")
    await browser.send(await browser.open("/oauth/logout"), "/sign-out")
    assert (await oauth.refresh(shop.client, tokens["refresh_token"])).status_code == 200
