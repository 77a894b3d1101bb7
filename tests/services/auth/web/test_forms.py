"""Requests that other sites make a browser send, and pages that they frame."""

import re

import pytest

from support.browsing import NAVIGATION, Browser
from support.platform import PASSWORD, TestPlatform

STALE = "This form is too old"


@pytest.mark.requirement("attacks:browsers:csrf")
async def test_a_form_of_another_browser_is_refused(platform: TestPlatform) -> None:
    attacker, victim = Browser(platform), Browser(platform)
    shown = await attacker.open("/sign-in")
    await victim.open("/sign-in")
    answer = await victim.client.post(
        "/sign-in", data=shown.form("/sign-in").fields | {"email": "a@b.example", "password": "x"}
    )
    assert (answer.status_code, STALE in answer.text) == (403, True)


@pytest.mark.parametrize("changed", ["", "x", None])
@pytest.mark.requirement("attacks:browsers:csrf")
async def test_a_form_without_its_token_is_refused(
    platform: TestPlatform, changed: str | None
) -> None:
    browser = Browser(platform)
    fields = (await browser.open("/sign-in")).form("/sign-in").fields
    fields.pop("form_token")
    token = {} if changed is None else {"form_token": changed}
    answer = await browser.client.post("/sign-in", data=fields | token, headers=NAVIGATION)
    assert answer.status_code == 403


async def test_the_token_of_one_form_is_none_for_another(platform: TestPlatform) -> None:
    browser = Browser(platform)
    fields = (await browser.open("/sign-in")).form("/sign-in").fields
    answer = await browser.client.post(
        "/forgot-password", data=fields | {"email": "ada@example.com"}, headers=NAVIGATION
    )
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site", "Origin": "null"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://argus.test.evil.example"},
    ],
)
@pytest.mark.requirement("attacks:browsers:csrf")
async def test_what_the_browser_says_another_site_sent_is_refused(
    platform: TestPlatform, headers: dict[str, str]
) -> None:
    browser = Browser(platform)
    fields = (await browser.open("/sign-in")).form("/sign-in").fields
    sent = fields | {"email": "ada@example.com", "password": PASSWORD}
    answer = await browser.client.post("/sign-in", data=sent, headers=headers)
    assert (answer.status_code, STALE in answer.text) == (403, True)


async def test_a_form_from_before_signing_in_is_void_afterwards(platform: TestPlatform) -> None:
    ada = await platform.owner("ada@example.com")
    browser = Browser(platform)
    before = await browser.open("/forgot-password")
    await browser.sign_in(ada.email, PASSWORD)
    page = await browser.send(before, "/forgot-password", email=ada.email)
    assert page.response.status_code == 403


@pytest.mark.parametrize("path", ["/sign-in", "/sign-up", "/signed-out", "/oauth/authorize"])
@pytest.mark.requirement("attacks:browsers:clickjacking")
async def test_no_page_can_be_framed_or_tells_where_it_was(
    platform: TestPlatform, path: str
) -> None:
    answer = await Browser(platform).client.get(path)
    policy = answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.requirement("attacks:fetches:logo")
async def test_a_page_runs_no_script_but_its_own_and_loads_nothing_from_elsewhere(
    platform: TestPlatform,
) -> None:
    answer = await Browser(platform).client.get("/sign-in")
    policy = answer.headers["content-security-policy"]
    nonces = set(re.findall(r"nonce=\"([^\"]+)\"", answer.text))
    assert [f"script-src 'nonce-{nonce}'" in policy for nonce in nonces] == [True]
    assert not re.findall(r"(?:src|href)=\"(?:https?:)?//", answer.text)
    assert " style=" not in answer.text
    assert " onclick=" not in answer.text


async def test_files_of_pages_keep_their_address_only_as_long_as_their_content(
    platform: TestPlatform,
) -> None:
    browser = Browser(platform)
    page = await browser.client.get("/sign-in")
    for address in re.findall(r"/assets/[^\"]+", page.text):
        answer = await browser.client.get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
    assert (await browser.client.get("/assets/../module.py")).status_code == 404
