"""What goes through a person's mail: links, codes, new passwords, new accounts."""

import re

import pytest

from support.browsing import Browser
from support.platform import PASSWORD, TestPlatform

NEW = "seven rusty kettles sing"


async def mailed(platform: TestPlatform, pattern: str) -> str:
    """What stands in the latest mail."""
    await platform.work()
    part = platform.mails()[-1].get_body(("plain",))
    assert part is not None
    found = re.search(pattern, part.get_content())
    assert found, part.get_content()
    return found[1]


async def test_a_link_signs_in_only_when_the_person_says_so(platform: TestPlatform) -> None:
    ada = await platform.owner("ada@example.com")
    browser = Browser(platform)
    page = await browser.send(
        await browser.open("/sign-in/email"), "/sign-in/email", email=ada.email, by="link"
    )
    assert "Look into your mail" in page.text
    link = await mailed(platform, r"(/sign-in/link\?token=\S+)")
    page = await browser.open(link)
    assert "argus_session" not in browser.client.cookies
    signed_in = await browser.send(page, "/sign-in/link")
    assert signed_in.response.url.path == "/account"
    again = await Browser(platform).open(link)
    assert again.response.status_code == 200
    refused = await browser.send(await browser.open(link), "/sign-in/link")
    assert (refused.response.status_code, "not good any more" in refused.text) == (401, True)


async def test_a_code_signs_in_on_the_page_that_asked_for_it(platform: TestPlatform) -> None:
    ada = await platform.owner("ada@example.com")
    browser = Browser(platform)
    page = await browser.open("/sign-in/email?return_to=/device")
    page = await browser.send(page, "/sign-in/email", email=ada.email, by="code")
    wrong = await browser.send(page, "/sign-in/code", code="000000")
    assert wrong.response.status_code == 401
    code = await mailed(platform, r"\n\s+(\d[\d ]{4,8}\d)\s")
    page = await browser.send(wrong, "/sign-in/code", code=code)
    assert page.response.url.path == "/device"


@pytest.mark.parametrize(("path", "by"), [("/sign-in/email", "link"), ("/forgot-password", "")])
@pytest.mark.requirement(
    "attacks:people:enumeration-by-body",
    "attacks:people:enumeration-by-status",
)
async def test_the_page_does_not_tell_whether_the_address_is_somebodys(
    platform: TestPlatform, path: str, by: str
) -> None:
    await platform.owner("ada@example.com")
    answers: list[tuple[int, str]] = []
    for email in ("ada@example.com", "bob@example.com"):
        browser = Browser(platform)
        page = await browser.send(await browser.open(path), path, email=email, by=by)
        answers.append((page.response.status_code, page.text.replace(email, "-")))
    assert answers[0] == answers[1]
    await platform.work()
    assert [mail["to"] for mail in platform.mails()] == ["ada@example.com"]


async def test_a_forgotten_password_is_replaced(platform: TestPlatform) -> None:
    ada = await platform.owner("ada@example.com")
    signed_in, browser = Browser(platform), Browser(platform)
    await signed_in.sign_in(ada.email, PASSWORD)
    page = await browser.open("/forgot-password")
    await browser.send(page, "/forgot-password", email=ada.email)
    page = await browser.open(await mailed(platform, r"(/reset-password\?token=\S+)"))
    page = await browser.send(page, "/reset-password", password="short")
    assert "Choose another password" in page.text
    page = await browser.send(page, "/reset-password", password=NEW)
    assert "Your password is new" in page.text
    assert (await signed_in.open("/account")).response.url.path == "/sign-in"
    assert (await browser.sign_in(ada.email, NEW, "/account")).response.url.path == "/account"


@pytest.fixture
def open_to_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARGUS_AUTH_SIGN_UP", "open")


async def test_what_is_wrong_with_a_new_account_is_told_and_the_rest_kept(
    platform: TestPlatform,
) -> None:
    browser = Browser(platform)
    page = await browser.send(
        await browser.open("/sign-up"),
        "/sign-up",
        name="Bob",
        email="bob@example.com",
        password=NEW,
        invitation="inv_guessed",
    )
    assert "not an invitation code" in page.text
    assert page.form("/sign-up").fields["name"] == "Bob"
    assert page.form("/sign-up").fields["password"] == ""


async def test_an_account_is_made_with_the_code_from_the_mail(
    open_to_all: None, platform: TestPlatform
) -> None:
    browser = Browser(platform)
    page = await browser.open("/sign-up?return_to=/device")
    page = await browser.send(page, "/sign-up", name="Bob", email="bob@example.com", password=NEW)
    code = await mailed(platform, r"\n\s+(\d[\d ]{4,8}\d)\s")
    page = await browser.send(page, "/sign-up/confirm", code=code)
    assert page.response.url.path == "/device"
    assert "confirmed" in (await browser.open("/account")).text


async def test_an_address_is_confirmed_by_the_signed_in_person(platform: TestPlatform) -> None:
    ada = await platform.owner("ada@example.com")
    platform.owner_connection.execute("update identity.users set email_verified = false")
    browser = Browser(platform)
    await browser.sign_in(ada.email, PASSWORD)
    await browser.send(await browser.open("/account"), "/account/verify-email")
    link = await mailed(platform, r"(/verify-email\?token=\S+)")
    assert (await Browser(platform).open(link)).response.url.path == "/sign-in"
    page = await browser.send(await browser.open(link), "/verify-email")
    assert "ada@example.com confirmed" in page.text
