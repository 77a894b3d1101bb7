"""The page that an invitation's mail links to, by a browser without scripts."""

import re

import pytest

from argus.kernel.ids import format_id
from support.browsing import Browser, Page
from support.demands import demand
from support.organizations import Tenant
from support.platform import PASSWORD, TestPlatform

BOB = "bob@example.com"


async def mailed_link(platform: TestPlatform, tenant: Tenant, email: str = BOB) -> str:
    """The path that the mail of a new invitation links to."""
    await tenant.invite(email, "member", "billing_admin")
    body = platform.mails()[-1].get_body(("plain",))
    assert body is not None
    [path] = re.findall(r"https?://[^/]+(/invitation\?token=\S+)", body.get_content())
    return path


def members(platform: TestPlatform, email: str) -> list[str]:
    """The organizations of whoever has this address."""
    [user] = platform.query("select id from identity.users where email = %s", email)
    rows = platform.query(
        "select name from identity.organizations join identity.memberships"
        " using (organization_id) where user_id = %s and not personal",
        user["id"],
    )
    return [row["name"] for row in rows]


async def test_an_existing_account_signs_in_sees_who_invites_and_accepts(
    platform: TestPlatform, acme: Tenant
) -> None:
    await platform.owner(BOB)
    link, browser = await mailed_link(platform, acme), Browser(platform)
    page = await browser.open(link)
    assert "Ada Owner invites bob@example.com to this organization" in page.text
    assert "member, billing admin" in page.text
    assert not page.has_form("/sign-up")
    [sign_in] = re.findall(r'href="(/sign-in\?[^"]+)"', page.response.text)
    page = await browser.open(sign_in.replace("&amp;", "&"))
    assert page.form("/sign-in").fields["email"] == BOB
    page = await browser.send(page, "/sign-in", password=PASSWORD)
    assert page.response.url.path == "/invitation"
    page = await browser.send(page, "/invitation", decision="accept")
    assert "You are in" in page.text
    assert members(platform, BOB) == ["Acme"]
    assert (await browser.open(link)).response.status_code == 410


async def test_a_new_account_is_made_and_joins_in_one_go(
    platform: TestPlatform, acme: Tenant
) -> None:
    link, browser = await mailed_link(platform, acme), Browser(platform)
    page = await browser.open(link)
    assert "Sign in as" not in page.text
    refused = await browser.send(page, "/sign-up", name="Bob", password="short")
    assert refused.response.status_code == 422
    assert refused.form("/sign-up").fields["email"] == BOB
    page = await browser.send(refused, "/sign-up", name="Bob", password="a good and long one")
    assert page.response.url.path == "/account"
    assert "Bob bob@example.com confirmed" in page.text
    assert members(platform, BOB) == ["Acme"]


async def test_a_new_account_meets_the_demands_of_the_organization(
    platform: TestPlatform, acme: Tenant
) -> None:
    demand(platform, acme.id, mfa_required=True)
    link, browser = await mailed_link(platform, acme), Browser(platform)
    page = await browser.open(link)
    page = await browser.send(page, "/sign-up", name="Bob", password="a good and long one")
    assert page.response.url.path == "/sign-in/enrol"
    assert "argus_session" not in browser.client.cookies


async def test_a_new_account_is_let_in_elsewhere_where_the_organization_refuses_it(
    platform: TestPlatform, acme: Tenant
) -> None:
    demand(platform, acme.id, sign_in_methods=["passkey"])
    link, browser = await mailed_link(platform, acme), Browser(platform)
    page = await browser.open(link)
    page = await browser.send(page, "/sign-up", name="Bob", password="a good and long one")
    assert page.response.url.path == "/account"
    [session] = platform.query("select bound_to from auth.refresh_token order by created_at desc")[
        :1
    ]
    assert format_id("org", session["bound_to"]) != acme.id


@pytest.mark.parametrize("signed_in", [True, False])
async def test_it_is_declined_by_whoever_reads_the_mail(
    platform: TestPlatform, acme: Tenant, signed_in: bool
) -> None:
    bob = await platform.owner(BOB)
    link, browser = await mailed_link(platform, acme), Browser(platform)
    if signed_in:
        await browser.sign_in(bob.email, PASSWORD)
    page: Page = await browser.open(link)
    page = await browser.send(page, "/invitation", decision="decline")
    assert "You declined" in page.text
    assert (await browser.open(link)).response.status_code == 410
    assert members(platform, BOB) == []
    told = [each for each in platform.outbox("identity") if each["type"] == "InvitationDeclined"]
    assert [each["organization"] for each in told] == [acme.id]


async def test_another_account_cannot_accept(platform: TestPlatform, acme: Tenant) -> None:
    eve = await platform.owner("eve@example.com")
    await platform.owner(BOB)
    link, browser = await mailed_link(platform, acme), Browser(platform)
    await browser.sign_in(eve.email, PASSWORD)
    page = await browser.open(link)
    assert "You are signed in as eve@example.com. Only bob@example.com can accept." in page.text
    page = await browser.send(page, "/invitation", decision="accept")
    assert page.response.status_code == 403
    assert members(platform, eve.email) == []


async def test_a_guessed_token_tells_nothing_and_a_program_that_looks_at_mails_changes_nothing(
    platform: TestPlatform, acme: Tenant
) -> None:
    link = await mailed_link(platform, acme)
    for path in ("/invitation", f"{link}x", "/invitation?token=inv_guessed"):
        assert (await Browser(platform).open(path)).response.status_code == 404
    for _ in range(2):
        assert (await Browser(platform).open(link)).response.status_code == 200
