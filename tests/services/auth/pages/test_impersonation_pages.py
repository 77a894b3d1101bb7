"""Acting as somebody else in a browser is seen on every page, and reaches nothing of theirs."""

import pytest

from support.browsing import Browser
from support.organizations import Tenant
from support.platform import PASSWORD, STRONG, Caller, TestPlatform

BANNER = "You act as Ada Owner until 12:15 UTC: ticket 4711"
PAGES = (
    "/account",
    "/account/password",
    "/account/second-factor",
    "/sign-in",
    "/sign-in/email",
    "/sign-in/enrol",
    "/sign-in/second-factor",
    "/sign-up",
    "/forgot-password",
    "/device",
    "/invitation?token=x",
    "/verify-email?token=x",
    "/oauth/authorize",
    "/oauth/logout",
    "/signed-out",
    "/api/v1/oauth/github/authorize",
)


@pytest.fixture
async def bob(acme: Tenant) -> Caller:
    return await acme.member("bob@example.com", "member")


@pytest.fixture
async def page(platform: TestPlatform, acme: Tenant, bob: Caller) -> str:
    """Where the owner, to whom it is granted, begins to act as Bob in a browser."""
    ada = await platform.sign_in(acme.owner.email, acme.id, factor=STRONG)
    path = "/api/v1/impersonations"
    granted = await platform.client.put(
        f"{path}/grants/{ada.user_id}", json={"life_s": 3600}, headers=ada.headers
    )
    assert granted.status_code == 204, granted.text
    body = {"user_id": bob.user_id, "reason": "ticket 4711"}
    begun = await platform.client.post(path, json=body, headers=ada.headers)
    assert begun.status_code == 201, begun.text
    return begun.json()["page"]


async def test_every_page_shows_it_and_only_the_overview_opens(
    platform: TestPlatform, acme: Tenant, page: str
) -> None:
    browser = Browser(platform)
    await browser.sign_in(acme.owner.email, PASSWORD)
    asked = await browser.open(page)
    assert "Act as Ada Owner? In this browser" in asked.text
    assert BANNER not in asked.text
    account = await browser.send(asked, page)
    assert account.response.url.path == "/account"
    assert "bob@example.com" in account.text
    for path in PAGES:
        shown = await browser.open(path)
        assert BANNER in shown.text, path
        assert shown.response.status_code == (200 if path == "/account" else 403), path
        assert not shown.has_form("/sign-out"), path
    assert (await browser.open("/assets/pages.css")).response.status_code == 200


async def test_ending_it_leads_back_to_ones_own_account(
    platform: TestPlatform, acme: Tenant, page: str
) -> None:
    browser = Browser(platform)
    await browser.sign_in(acme.owner.email, PASSWORD)
    before = await browser.open("/account")
    account = await browser.send(await browser.open(page), page)
    stale = await browser.send(before, "/sign-out")
    assert stale.response.status_code == 403, "a form of one's own account, from before"
    account = await browser.send(account, "/impersonation/end")
    assert acme.owner.email in account.text
    assert BANNER not in account.text
    assert (await browser.open(page)).response.status_code == 404, "it has ended"


async def test_the_person_ends_it_and_sees_why_it_was_begun(
    platform: TestPlatform, acme: Tenant, bob: Caller, page: str
) -> None:
    administrator, person = Browser(platform), Browser(platform)
    await administrator.sign_in(acme.owner.email, PASSWORD)
    await administrator.send(await administrator.open(page), page)
    account = await person.sign_in(bob.email, PASSWORD, "/account")
    assert "An administrator in your place: ticket 4711" in account.text
    session = page.rpartition("/")[2]
    await person.send(account, "/account/sessions/end", session=session)
    own = await administrator.open("/account")
    assert acme.owner.email in own.text


async def test_nobody_else_opens_it(
    platform: TestPlatform, acme: Tenant, bob: Caller, page: str
) -> None:
    assert (await Browser(platform).open(page)).response.url.path == "/sign-in"
    browser = Browser(platform)
    await browser.sign_in(bob.email, PASSWORD)
    assert (await browser.open(page)).response.status_code == 404
