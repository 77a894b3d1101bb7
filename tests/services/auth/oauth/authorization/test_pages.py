"""Letting a client in: who is asked, when, and for what."""

from datetime import timedelta
from urllib.parse import parse_qs, urlencode

import pytest

from argus.kernel.ids import format_id
from support.auth import Auth
from support.oauth import OAuth
from support.organizations import Tenant
from support.platform import PASSWORD, TestPlatform
from support.relying_party import RelyingParty, told


async def test_the_person_chooses_for_which_organization(
    platform: TestPlatform, auth: Auth, app: RelyingParty, acme: Tenant
) -> None:
    browser = await app.signed_in(acme.owner)
    page = await browser.open(app.url())
    # The organization that registered the client is suggested, before the personal one.
    assert page.text.index("Acme") < page.text.index("Ada Owner")
    page = await browser.send(page, "/consent", decision="allow", organization=acme.id)
    tokens = (await app.exchange(told(page)["code"])).json()
    assert (await auth.validate(tokens["access_token"], acme.owner))["active"]
    eve = await platform.owner("eve@example.com")
    page = await browser.open(app.url(prompt="consent"))
    page = await browser.send(page, "/consent", decision="allow", organization=eve.organization_id)
    assert told(page)["error"] == "access_denied"


async def test_a_client_that_others_can_pass_themselves_off_as_is_asked_about_every_time(
    oauth: OAuth, acme: Tenant
) -> None:
    for uri, asked in (
        ("http://127.0.0.1/callback", True),
        ("com.example.app:/callback", True),
        ("https://app.example/callback", False),
    ):
        client = await oauth.client(acme.owner, redirect_uris=[uri])
        app = RelyingParty(oauth, client, redirect_uri=uri)
        browser = await app.signed_in(acme.owner)
        page = await browser.send(await browser.open(app.url()), "/consent", decision="allow")
        assert page.response.headers["location"].startswith(f"{uri}?code=")
        again = await browser.open(app.url())
        assert (again.response.status_code == 200) is asked, uri


@pytest.mark.parametrize(
    "trick",
    [
        "https://app.example/callback#x",
        "https://app.example/callback/",
        "https://app.example:8443/callback",
        "https://app.example@evil.example/callback",
        r"https://app.example\@evil.example/callback",
        "https://app.example.evil.example/callback",
        "https://app.example/callback?x=1",
        "https://app.example/callback%0d%0aSet-Cookie:a=b",
        "https://аpp.example/callback",  # noqa: RUF001 - a Cyrillic letter, on purpose
        "https://app.example/callback\u2028",
        "javascript:alert(1)//app.example/callback",
        "//evil.example",
    ],
)
async def test_nobody_is_sent_to_an_address_that_is_not_registered(
    app: RelyingParty, acme: Tenant, trick: str
) -> None:
    browser = await app.signed_in(acme.owner)
    page = await browser.open(app.url(redirect_uri=trick, response_type="token"))
    assert page.response.status_code == 400
    assert "location" not in page.response.headers
    assert "redirect_uri is not one" in page.text.lower()


async def test_the_way_back_from_the_sign_in_page_proves_nothing_by_itself(
    platform: TestPlatform, app: RelyingParty, acme: Tenant
) -> None:
    browser = await app.signed_in(acme.owner)
    await app.allowed(browser)
    platform.clock.advance(timedelta(minutes=1))
    page = await browser.open(app.url(prompt="login"))
    assert page.response.url.path == "/sign-in"
    [return_to] = parse_qs(page.response.url.query.decode())["return_to"]
    # Without signing in, with another request's ticket, or with one of one's own making: no code.
    _, _, ticket = return_to.rpartition("&signed_in_after=")
    stolen = f"{app.url(prompt='login', state='other')}&signed_in_after={ticket}"
    forged = urlencode({"signed_in_after": f"2020-01-01T00:00:00+00:00 {'0' * 64}"})
    for address in (return_to, stolen, f"{app.url(prompt='login')}&{forged}"):
        assert (await browser.open(address)).response.url.path == "/sign-in"
    page = await browser.send(page, "/sign-in", email=acme.owner.email, password=PASSWORD)
    assert "code" in told(page)


async def test_a_wish_for_a_stronger_sign_in_is_asked_for_once(
    platform: TestPlatform, app: RelyingParty, acme: Tenant
) -> None:
    browser = await app.signed_in(acme.owner)
    await app.allowed(browser)
    wish = app.url(acr_values="urn:argus:acr:2")
    page = await browser.open(wish)
    assert page.response.url.path == "/sign-in"
    page = await browser.send(page, "/sign-in", email=acme.owner.email, password=PASSWORD)
    assert "code" in told(page)
    platform.query("update auth.session set strength = '{pwd,otp,mfa}' returning id")
    assert "code" in told(await browser.open(wish))


async def test_the_consent_page_says_what_is_known_of_the_client(
    oauth: OAuth, acme: Tenant
) -> None:
    client = await oauth.client(
        acme.owner,
        client_name="<b>Shop</b>",
        redirect_uris=["http://localhost/callback"],
        policy_uri="https://shop.example/privacy",
    )
    app = RelyingParty(oauth, client, redirect_uri="http://localhost:4711/callback")
    browser = await app.signed_in(acme.owner)
    page = await browser.open(app.url(scope="openid email org:read", resource=oauth.issuer))
    assert "<b>Shop</b> wants to act for you" in page.text
    assert "See your e-mail address" in page.text
    assert "See the organization and its members" in page.text
    assert "a program on the device in front of you (localhost:4711)" in page.text
    assert 'href="https://shop.example/privacy"' in page.response.text


async def test_signing_out_ends_what_was_let_in_unless_it_may_stay(
    platform: TestPlatform, auth: Auth, app: RelyingParty, acme: Tenant
) -> None:
    browser = await app.signed_in(acme.owner)
    leaves = await app.tokens(browser, scope="openid org:read", resource=app.oauth.issuer)
    stays = await app.tokens(
        browser, scope="openid org:read offline_access", resource=app.oauth.issuer
    )
    assert await auth.is_live(leaves["access_token"])
    [row] = platform.query("select id from auth.session where cookie_hash is not null")
    session = f"/api/v1/auth/sessions/{format_id('ses', row['id'])}"
    answer = await platform.client.delete(session, headers=acme.owner.headers)
    assert answer.status_code == 204, answer.text
    assert not await auth.is_live(leaves["access_token"])
    assert (await app.oauth.refresh(app.client, stays["refresh_token"])).status_code == 200
