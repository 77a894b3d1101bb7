"""The sign-in page, as a browser without scripts uses it."""

from datetime import timedelta
from urllib.parse import quote

import pytest
from pyotp.totp import TOTP

from support.auth import Auth
from support.browsing import Browser
from support.platform import PASSWORD, TestPlatform


async def test_a_person_signs_in_and_goes_on_where_they_were_sent(platform: TestPlatform) -> None:
    ada = await platform.owner("ada@example.com")
    browser = Browser(platform)
    page = await browser.sign_in(ada.email, PASSWORD, "/signed-out?x=1")
    assert page.response.status_code == 200
    assert page.response.url.path == "/signed-out"
    account = await browser.open("/account")
    assert "Ada Owner ada@example.com" in account.text


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example"]
)
@pytest.mark.requirement("attacks:redirects:open-redirector")
async def test_nobody_is_sent_elsewhere_after_signing_in(
    platform: TestPlatform, elsewhere: str
) -> None:
    ada = await platform.owner("ada@example.com")
    browser = Browser(platform)
    page = await browser.sign_in(ada.email, PASSWORD, quote(elsewhere))
    assert str(page.response.url) == "http://argus.test/account"
    again = await browser.open(f"/sign-in?return_to={quote(elsewhere)}")
    assert str(again.response.url) == "http://argus.test/account"


@pytest.mark.requirement("attacks:people:enumeration-by-body")
async def test_a_refusal_does_not_tell_whether_the_account_exists(platform: TestPlatform) -> None:
    ada = await platform.owner("ada@example.com")
    pages: list[str] = []
    for email in (ada.email, "nobody@example.com"):
        browser = Browser(platform)
        page = await browser.sign_in(email, "not the password")
        assert page.response.status_code == 401
        assert "do not belong together" in page.text
        assert page.form("/sign-in").fields["email"] == email
        assert page.form("/sign-in").fields["password"] == ""
        assert "argus_session" not in browser.client.cookies
        pages.append(page.text)
    assert pages[0] == pages[1]


async def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(
    platform: TestPlatform,
) -> None:
    ada = await platform.owner("ada@example.com")
    browser = Browser(platform)
    form = (await browser.open("/sign-in")).form("/sign-in").fields
    answer = await browser.client.post(
        "/sign-in", data=form | {"email": ada.email, "password": PASSWORD}
    )
    assert answer.status_code == 303
    [cookie] = [
        value
        for value in answer.headers.get_list("set-cookie")
        if value.startswith("argus_session=")
    ]
    attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"httponly", "samesite=lax", "path=/"} <= attributes
    assert not {part for part in attributes if part.startswith("domain")}
    assert browser.client.cookies["argus_session"] not in str(platform.query("table auth.session"))


@pytest.mark.requirement("attacks:browsers:session-fixation")
async def test_a_session_that_was_planted_in_the_browser_is_not_taken(
    platform: TestPlatform,
) -> None:
    ada, eve = await platform.owner("ada@example.com"), await platform.owner("eve@example.com")
    attacker, victim = Browser(platform), Browser(platform)
    await attacker.sign_in(eve.email, PASSWORD)
    planted = attacker.client.cookies["argus_session"]
    victim.client.cookies.set("argus_session", planted)
    page = await victim.open("/sign-in?again=1&return_to=/account")
    page = await victim.send(page, "/sign-in", email=ada.email, password=PASSWORD)
    assert "ada@example.com" in page.text
    cookies = [cookie.value for cookie in victim.client.cookies.jar if "session" in cookie.name]
    assert cookies[-1] != planted
    assert (await attacker.open("/account")).response.url.path == "/sign-in"


@pytest.mark.requirement("attacks:browsers:csrf")
async def test_the_interface_for_programs_does_not_look_at_the_cookie(
    platform: TestPlatform,
) -> None:
    ada = await platform.owner("ada@example.com")
    browser = Browser(platform)
    await browser.sign_in(ada.email, PASSWORD)
    assert (await browser.client.get("/api/v1/auth/me")).status_code == 401


async def test_signing_in_again_replaces_the_session_and_keeps_what_it_let_in(
    platform: TestPlatform, auth: Auth
) -> None:
    ada = await platform.owner("ada@example.com")
    browser = Browser(platform)
    await browser.sign_in(ada.email, PASSWORD)
    [before] = platform.query("select id from auth.session where cookie_hash is not null")
    platform.owner_connection.execute(
        "update auth.session set started_by = %s where cookie_hash is null", [before["id"]]
    )
    platform.clock.advance(timedelta(minutes=30))
    page = await browser.open("/sign-in?again=1&return_to=/account")
    await browser.send(page, "/sign-in", email=ada.email, password=PASSWORD)
    reasons = platform.query("select id, revocation_reason from auth.session order by id")
    assert [row["revocation_reason"] for row in reasons] == [None, "replaced", None]
    assert auth.events("SessionRevoked")[-1][1]["reason"] == "replaced"


async def test_a_second_factor_is_asked_by_a_page_of_its_own(platform: TestPlatform) -> None:
    ada = await platform.owner("ada@example.com")
    browser = Browser(platform)
    await browser.sign_in(ada.email, PASSWORD)
    page = await browser.send(await browser.open("/account"), "/account/authenticator")
    app = TOTP(page.form("/account/authenticator/confirm").fields["secret"])
    wrong = await browser.send(page, "/account/authenticator/confirm", code="000000")
    assert "wrong, too old, or used before" in wrong.text
    now = platform.clock.now()
    page = await browser.send(wrong, "/account/authenticator/confirm", code=app.at(now))
    assert "Keep these codes" in page.text
    recovery_code = page.response.text.split("<li><code>")[1].partition("<")[0]

    platform.clock.advance(timedelta(minutes=1))
    other = Browser(platform)
    page = await other.sign_in(ada.email, PASSWORD, "/account")
    assert page.response.url.path == "/sign-in/second-factor"
    assert "argus_session" not in other.client.cookies
    page = await other.send(page, "/sign-in/second-factor", code="1")
    assert page.response.status_code == 422
    page = await other.send(page, "/sign-in/second-factor", code=app.at(platform.clock.now()))
    assert page.response.url.path == "/account"

    third = Browser(platform)
    await third.sign_in(ada.email, PASSWORD, "/account")
    page = await third.open("/sign-in/second-factor?kind=recovery_code")
    page = await third.send(page, "/sign-in/second-factor", code=recovery_code)
    assert "9 left" in page.text


async def test_a_flow_that_is_over_begins_anew(platform: TestPlatform) -> None:
    page = await Browser(platform).open("/sign-in/second-factor")
    assert page.response.url.path == "/sign-in"


async def test_who_is_signed_in_is_not_asked_again(platform: TestPlatform) -> None:
    ada = await platform.owner("ada@example.com")
    browser = Browser(platform)
    await browser.sign_in(ada.email, PASSWORD)
    page = await browser.open("/sign-in?return_to=/device")
    assert page.response.url.path == "/device"


async def test_too_many_attempts_are_told_with_the_time_to_wait(platform: TestPlatform) -> None:
    ada = await platform.owner("ada@example.com")
    browser = Browser(platform)
    for _ in range(5):
        await browser.sign_in(ada.email, "not the password")
    page = await browser.sign_in(ada.email, PASSWORD)
    assert page.response.status_code == 429
    assert int(page.response.headers["retry-after"]) >= 1
    assert "too many attempts" in page.text


async def test_a_session_that_ended_or_expired_is_none(platform: TestPlatform) -> None:
    ada = await platform.owner("ada@example.com")
    browser = Browser(platform)
    await browser.sign_in(ada.email, PASSWORD)
    platform.clock.advance(timedelta(days=31))
    assert (await browser.open("/account")).response.url.path == "/sign-in"
