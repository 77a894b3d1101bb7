"""The pages in a real browser: without scripts, with passkeys, and for everybody."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.async_api import Browser, BrowserContext, Page

from argus.services.qa.browser.launch import open_browser
from support.database import Server
from support.oauth import OAuth
from support.organizations import create_tenant
from support.platform import PASSWORD, TestPlatform
from support.relying_party import RelyingParty
from support.serving import served_platform
from support.website import WebSite, serve

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
SECRET = "client_secret_post"
AXE = files("argus.services.qa.oracles") / "vendor/axe-core/axe.min.js"
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
async def chrome() -> AsyncGenerator[Browser]:
    async with open_browser() as browser:
        yield browser


@pytest.fixture
async def served(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[TestPlatform]:
    monkeypatch.setenv("ARGUS_AUTH_SIGN_UP", "open")
    async with served_platform(server, tmp_path, host="localhost") as platform:
        yield platform


@asynccontextmanager
async def visit(
    chrome: Browser, platform: TestPlatform, *, scripts: bool = True
) -> AsyncGenerator[Page]:
    """A page of a new browser profile; nothing it loads may fail, or be refused by the policy."""
    context: BrowserContext = await chrome.new_context(
        base_url=platform.composition.settings.base_url, java_script_enabled=scripts
    )
    context.set_default_timeout(30_000)
    page = await context.new_page()
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    yield page
    await context.close()
    assert [text for text in refused if "Content Security Policy" in text] == []


async def sign_in(page: Page, email: str) -> None:
    await page.get_by_label("E-mail address").fill(email)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.keyboard.press("Enter")


async def test_signing_in_consent_and_devices_need_no_scripts(
    served: TestPlatform, chrome: Browser
) -> None:
    ada, oauth = await served.owner("ada@example.com"), OAuth(served)
    with serve(WebSite({"/callback": "<h1>Welcome back</h1>"})) as site:
        callback = f"{site.url}/callback"
        client = await oauth.client(
            ada, client_name="Shop", redirect_uris=[callback], token_endpoint_auth_method=SECRET
        )
        station = await oauth.client(
            ada, client_name="Station", grant_types=[DEVICE], redirect_uris=[], response_types=[]
        )
        shop = RelyingParty(oauth, client, redirect_uri=callback)
        async with visit(chrome, served, scripts=False) as page:
            await page.goto(shop.url(state="kept"))
            await sign_in(page, ada.email)
            await page.get_by_role("heading", name="Shop wants to act for you").wait_for()
            await page.get_by_role("button", name="Allow").click()
            await page.get_by_role("heading", name="Welcome back").wait_for()
            told = dict(parse_qsl(urlsplit(page.url).query))
            assert told["state"] == "kept"
            assert (await shop.exchange(told["code"])).status_code == 200

            begun = await served.client.post(
                "/oauth/device_authorization", data={"client_id": station.id, "scope": "openid"}
            )
            await page.goto("/device")
            await page.get_by_label("Code").fill(begun.json()["user_code"].lower())
            await page.keyboard.press("Enter")
            await page.get_by_role("heading", name="Let Station in?").wait_for()
            await page.get_by_role("button", name="Let it in").click()
            await page.get_by_role("heading", name="The device is let in").wait_for()
            answer = await oauth.token(station, DEVICE, device_code=begun.json()["device_code"])
            assert answer.status_code == 200

            # Signed in and agreed already: from the sign-in form straight to the client.
            await page.context.clear_cookies()
            await page.goto(shop.url())
            await sign_in(page, ada.email)
            await page.get_by_role("heading", name="Welcome back").wait_for()


async def test_a_passkey_is_added_signs_in_and_is_a_second_factor(
    served: TestPlatform, chrome: Browser
) -> None:
    ada = await served.owner("ada@example.com")
    async with visit(chrome, served) as page:
        devtools = await page.context.new_cdp_session(page)
        await devtools.send("WebAuthn.enable")
        await devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})

        await page.goto("/account")
        await sign_in(page, ada.email)
        await page.get_by_label("Name of a new passkey").fill("My laptop")
        await page.get_by_role("button", name="Add a passkey").click()
        await page.get_by_role("heading", name="Keep these codes").wait_for()
        await page.get_by_role("link", name="I have kept them").click()
        await page.get_by_text("My laptop").first.wait_for()
        await page.get_by_role("button", name="Sign out").click()
        await page.get_by_role("heading", name="You are signed out").wait_for()

        await page.get_by_role("link", name="Sign in again").click()
        await page.get_by_role("button", name="Sign in with a passkey").click()
        await page.get_by_role("heading", name="Ada Owner").wait_for()

        await page.context.clear_cookies()
        await page.goto("/account")
        await sign_in(page, ada.email)
        await page.get_by_role("button", name="Use a passkey").click()
        await page.get_by_role("heading", name="Ada Owner").wait_for()
    strengths = served.query(
        "select strength from auth.session where cookie_hash is not null order by id"
    )
    assert all("mfa" in row["strength"] for row in strengths), "who adds a passkey has shown it"
    assert len(strengths) == 3


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_pages_are_for_everybody(
    served: TestPlatform, chrome: Browser, scheme: str
) -> None:
    ada, oauth = await served.owner("ada@example.com"), OAuth(served)
    shop = RelyingParty(oauth, await oauth.client(ada, client_name="Shop"))
    acme = await create_tenant(served, "eve@example.com", "Acme")
    invitation = await acme.invite("new@example.com", "member")
    axe = AXE.read_text("utf-8")
    found: list[object] = []

    async with visit(chrome, served) as page:
        await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        await page.set_viewport_size({"width": 320, "height": 640})

        async def look() -> None:
            await page.evaluate(axe)
            result = await page.evaluate("axe.run({resultTypes: ['violations']})")
            assert result["passes"] or result["inapplicable"]
            found.extend(
                (page.url, rule["id"], [node["html"] for node in rule["nodes"]])
                for rule in result["violations"]
            )
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (
                f"{page.url} scrolls sideways"
            )

        for path in (
            "/sign-in",
            "/sign-in/email",
            "/sign-up",
            "/forgot-password",
            "/reset-password?token=x",
            "/oauth/authorize",
            "/signed-out",
            f"/invitation?token={invitation}",
        ):
            await page.goto(path)
            await look()
        await page.goto("/sign-in?return_to=/device")
        await page.get_by_label("E-mail address").fill(ada.email)
        await page.get_by_label("Password").fill("not the password")
        await page.keyboard.press("Enter")
        await page.get_by_role("alert").filter(has_text="do not belong").wait_for()
        await look()
        await sign_in(page, ada.email)
        await page.wait_for_url("**/device")
        await look()
        for path in (
            "/account",
            "/account/password",
            "/account/second-factor",
            "/oauth/logout",
            shop.url(),
        ):
            await page.goto(path)
            await look()
    assert found == [], json.dumps(found, indent=1)
