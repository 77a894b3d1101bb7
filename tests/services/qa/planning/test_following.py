"""Links of a record's page are followed until some lead on, and not for ever."""

from string import ascii_lowercase

from playwright.async_api import Browser

from argus.services.qa.browser.session import new_session
from argus.services.qa.ir import Action, Step
from argus.services.qa.planning.following import learn_links
from argus.services.qa.planning.recorder import Recorder
from support.website import Asked, WebSite, redirect, serve

LISTING = (Step(id="list-1", action=Action.GOTO, value="/"),)


def record(asked: Asked) -> str:
    links = (f"<a href={asked.path}/{each}>Part {each}</a>" for each in ascii_lowercase)
    return f"<h1>Record</h1>{' '.join(links)}"


async def test_a_few_pages_of_a_record_are_enough_and_so_are_a_few_attempts(
    browser: Browser,
) -> None:
    pages = {
        "/": "<h1>All</h1>",
        "/1": record,
        "/2": record,
        "/1/*": "<h1>Part</h1>",
        "/2/*": lambda _: redirect("/2"),
    }
    with serve(WebSite(pages)) as site:
        async with new_session(browser, site.url) as session:
            hand = Recorder(session, {"title": "Buy milk"}, {}, float("inf"))
            for path, kept, followed in (("/1", 3, 3), ("/2", 0, 8)):
                site.asked.clear()
                page = Step(id="open-1", action=Action.GOTO, value=path, post_url="/{id}")
                names = [f"part {each}" for each in ascii_lowercase]
                links = await learn_links(hand, "title", LISTING, (page,), names)
                assert len(links) == kept
                asked = [each.path for each in site.asked]
                assert len({each for each in asked if each.startswith(f"{path}/")}) == followed
                assert asked.count("/") == followed
