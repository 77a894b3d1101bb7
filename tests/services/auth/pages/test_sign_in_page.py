"""The sign-in page, as a browser without scripts uses it."""

from support.browsing import Browser
from support.platform import PASSWORD, TestPlatform


async def test_a_person_signs_in_and_goes_on_where_they_were_sent(platform: TestPlatform) -> None:
    ada = await platform.owner("ada@example.com")
    browser = Browser(platform)
    page = await browser.sign_in(ada.email, PASSWORD, "/signed-out?x=1")
    assert page.response.status_code == 200
    assert page.response.url.path == "/signed-out"
    assert browser.client.cookies["argus_session"]
