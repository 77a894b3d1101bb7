"""What an organization demands, met on the pages by a browser without scripts."""

import re
from dataclasses import dataclass
from typing import Any

import pytest
from pyotp.totp import TOTP

from support.auth import Auth
from support.browsing import Browser, Page
from support.demands import demand
from support.oauth import OAuth
from support.organizations import Tenant
from support.platform import PASSWORD, Caller, TestPlatform
from support.relying_party import RelyingParty

ASKS_FOR_MORE = "The organization asks for more"


@dataclass(frozen=True)
class Shop:
    """An application that Bob lets in for Acme, with what he sees there."""

    platform: TestPlatform
    party: RelyingParty
    browser: Browser
    acme: Tenant
    bob: Caller

    async def open(self) -> Page:
        return await self.browser.open(self.party.url())

    async def sign_in(self, page: Page) -> Page:
        return await self.browser.send(page, "/sign-in", email=self.bob.email, password=PASSWORD)

    async def allow(self, page: Page) -> Page:
        return await self.browser.send(
            page, "/consent", decision="allow", organization=self.acme.id
        )


@pytest.fixture
async def shop(platform: TestPlatform, oauth: OAuth, acme: Tenant) -> Shop:
    bob = await acme.member("bob@example.com", "member")
    client = await oauth.client(acme.owner, client_name="Shop")
    return Shop(platform, RelyingParty(oauth, client), Browser(platform), acme, bob)


def key_of(page: Page) -> TOTP:
    found = re.search(r"<code>([A-Z2-7]{32})</code>", page.response.text)
    assert found, page.text
    return TOTP(found[1])


def code_of(page: Page) -> str:
    """The code that the application was sent."""
    found = re.search(r"[?&]code=([^&]+)", page.response.headers.get("location", ""))
    assert found, page.text
    return found[1]


async def test_a_second_step_is_set_up_on_the_way_into_the_organization(shop: Shop) -> None:
    demand(shop.platform, shop.acme.id, mfa_required=True)
    page = await shop.allow(await shop.sign_in(await shop.open()))
    assert page.response.status_code == 403
    assert ASKS_FOR_MORE in page.text
    assert shop.platform.query("select 1 from auth.consent") == []

    [way] = re.findall(r'href="(/account/second-factor[^"]+)"', page.response.text)
    page = await shop.browser.open(way.replace("&amp;", "&"))
    page = await shop.browser.send(page, "/account/authenticator")
    totp = key_of(page)
    page = await shop.browser.send(page, "/account/authenticator/confirm", code="000000")
    assert key_of(page).secret == totp.secret
    code = totp.at(shop.platform.clock.now())
    page = await shop.browser.send(page, "/account/authenticator/confirm", code=code)
    assert "Keep these codes" in page.text
    [onward] = re.findall(r'class="button" href="(/oauth/authorize[^"]+)"', page.response.text)
    page = await shop.allow(await shop.browser.open(onward.replace("&amp;", "&")))
    assert (await shop.party.exchange(code_of(page))).status_code == 200


async def test_who_has_a_second_step_signs_in_again_with_it(shop: Shop, auth: Auth) -> None:
    page = await shop.sign_in(await shop.open())
    await auth.enrol_totp(await shop.platform.sign_in(shop.bob.email))
    demand(shop.platform, shop.acme.id, mfa_required=True)
    page = await shop.allow(page)
    [way] = re.findall(r'href="(/sign-in\?again=1[^"]+)"', page.response.text)
    page = await shop.sign_in(await shop.browser.open(way.replace("&amp;", "&")))
    assert page.has_form("/sign-in/second-factor")


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"sign_in_methods": ["github", "passkey"]}, "It accepts: github, passkey."),
        ({"email_domains": ["elsewhere.example"]}, "a confirmed e-mail address of its own"),
        ({"address_ranges": ["192.0.2.0/24"]}, "the network that you are in"),
    ],
)
async def test_the_page_says_what_is_missing_and_the_application_gets_no_code(
    shop: Shop, settings: dict[str, Any], told: str
) -> None:
    demand(shop.platform, shop.acme.id, **settings)
    page = await shop.allow(await shop.sign_in(await shop.open()))
    assert page.response.status_code == 403
    assert told in page.text
    assert "error=access_denied" in page.response.text, "where cancelling leads"
    assert shop.platform.query("select 1 from auth.authorization_code") == []


async def test_an_application_that_wants_no_page_is_told_that_one_is_needed(shop: Shop) -> None:
    await shop.allow(await shop.sign_in(await shop.open()))
    demand(shop.platform, shop.acme.id, mfa_required=True)
    page = await shop.browser.open(shop.party.url(prompt="none"))
    assert "error=interaction_required" in page.response.headers["location"]


async def test_a_device_is_let_in_only_by_who_fulfils_the_demands(
    shop: Shop, platform: TestPlatform
) -> None:
    demand(platform, shop.acme.id, mfa_required=True)
    begun = await platform.client.post("/oauth/device_authorization", data={"client_id": "argus"})
    await shop.browser.sign_in(shop.bob.email, PASSWORD)
    page = await shop.browser.open("/device")
    page = await shop.browser.send(page, "/device", user_code=begun.json()["user_code"])
    page = await shop.browser.send(
        page, "/device/decision", decision="approve", organization=shop.acme.id
    )
    assert ASKS_FOR_MORE in page.text
    assert platform.query("select decision from auth.device_authorization") == [{"decision": None}]


async def test_a_sign_in_that_needs_a_second_step_sets_it_up_and_goes_on(
    platform: TestPlatform,
) -> None:
    ada, browser = await platform.owner("ada@example.com"), Browser(platform)
    demand(platform, ada.organization_id, mfa_required=True)
    page = await browser.sign_in(ada.email, PASSWORD, "/account")
    assert page.response.url.path == "/sign-in/enrol"
    assert (await browser.open("/sign-in/second-factor")).response.url.path == "/sign-in/enrol"
    page = await browser.send(page, "/sign-in/enrol/authenticator")
    totp = key_of(page)
    page = await browser.send(page, "/sign-in/enrol/authenticator/confirm", code="000000")
    assert page.response.status_code == 401
    assert "argus_session" not in browser.client.cookies
    code = totp.at(platform.clock.now())
    page = await browser.send(page, "/sign-in/enrol/authenticator/confirm", code=code)
    assert "Keep these codes" in page.text
    account = await browser.open("/account")
    assert "Ada Owner" in account.text
    assert "10 left" in account.text
    assert (await browser.open("/sign-in/enrol")).response.url.path == "/account"


async def test_only_who_has_just_signed_in_sets_a_second_step_up(platform: TestPlatform) -> None:
    browser = Browser(platform)
    page = await browser.open("/account/second-factor?return_to=//evil.example")
    assert (
        page.form("/sign-in").fields["return_to"] == "/account/second-factor?return_to=%2Faccount"
    )
    assert (await browser.open("/sign-in/enrol")).response.url.path == "/sign-in"
