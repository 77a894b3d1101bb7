"""The page of one's own account."""

from datetime import timedelta

from support.auth import Auth
from support.browsing import Browser
from support.platform import PASSWORD, TestPlatform


async def test_a_person_ends_other_sessions(platform: TestPlatform, auth: Auth) -> None:
    ada = await platform.owner("ada@example.com")
    browser, other = Browser(platform), Browser(platform)
    await browser.sign_in(ada.email, PASSWORD)
    await other.sign_in(ada.email, PASSWORD)
    page = await browser.open("/account")
    await browser.send(page, "/account/sessions/end", session="")
    assert (await other.open("/account")).response.url.path == "/sign-in"
    page = await browser.open("/account")
    assert page.response.url.path == "/account"
    assert not page.has_form("/account/sessions/end")
    assert not await auth.is_live(ada.token)


async def test_another_persons_session_is_not_found(platform: TestPlatform, auth: Auth) -> None:
    ada, eve = await platform.owner("ada@example.com"), await platform.owner("eve@example.com")
    [hers] = [
        event["session_id"]
        for _, event in auth.events("UserSignedIn")
        if event["user_id"] == ada.user_id
    ]
    browser = Browser(platform)
    await browser.sign_in(eve.email, PASSWORD)
    page = await browser.open("/account")
    refused = await browser.send(page, "/account/sessions/end", session=hers)
    assert refused.response.status_code == 404
    assert await auth.is_live(ada.token)


async def test_how_one_signs_in_is_changed_only_after_signing_in_again(
    platform: TestPlatform,
) -> None:
    ada = await platform.owner("ada@example.com")
    browser = Browser(platform)
    await browser.sign_in(ada.email, PASSWORD)
    fresh = await browser.open("/account")
    platform.clock.advance(timedelta(minutes=11))
    assert not (await browser.open("/account")).has_form("/account/authenticator")
    for action in ("/account/authenticator", "/account/passkeys"):
        refused = await browser.send(fresh, action)
        assert "Sign in again first" in refused.text
    assert "Sign in again first" in (await browser.open("/account/password")).text


async def test_a_new_password_signs_out_everywhere_else(platform: TestPlatform) -> None:
    ada = await platform.owner("ada@example.com")
    browser, other = Browser(platform), Browser(platform)
    await browser.sign_in(ada.email, PASSWORD)
    await other.sign_in(ada.email, PASSWORD)
    page = await browser.open("/account/password")
    wrong = await browser.send(page, page_of := "/account/password", current="no", password="x")
    assert wrong.response.status_code == 401
    weak = await browser.send(page, page_of, current=PASSWORD, password="password1234")
    assert "Choose another password" in weak.text
    new = "seven rusty kettles sing"
    page = await browser.send(page, page_of, current=PASSWORD, password=new)
    assert page.response.url.path == "/account"
    assert (await other.open("/account")).response.url.path == "/sign-in"
    assert (await other.sign_in(ada.email, new, "/account")).response.url.path == "/account"
