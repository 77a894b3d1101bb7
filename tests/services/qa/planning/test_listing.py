"""A list that was empty when it was seen is found once it shows a record."""

from collections.abc import Iterator

import pytest
from playwright.async_api import Browser

from argus.services.qa.browser.session import new_session
from argus.services.qa.discovery.site import Page
from argus.services.qa.planning.listing import pages_with
from argus.services.qa.planning.recorder import BudgetSpent, Recorder
from support.website import Answer, Stall, WebSite, serve


@pytest.fixture
def site() -> Iterator[WebSite]:
    with serve(WebSite()) as running:
        yield running


def page(url: str, status: int = 200) -> Page:
    return Page(url=url, url_template=url, title="", status=status)


async def test_pages_that_show_a_new_record_are_found_without_being_opened(
    browser: Browser, site: WebSite
) -> None:
    site.pages |= {
        "/all": "<table><tr><td>Tea &amp; cake</td></tr></table>",
        "/other": "<p>Nothing here</p>",
        "/broken": Stall.HANG_UP,
        "/report/1": "Tea & cake",
        "/gone": Answer("Tea & cake", status=404),
    }
    paths = ["/report/1", "/broken", "/gone", "/other", "/all", "/delete-all", "/failed"]
    pages = [page(path, 500 if path == "/failed" else 200) for path in paths]
    async with new_session(browser, site.url) as session:
        hand = Recorder(session, {}, {}, float("inf"))
        assert await pages_with(hand, pages, "Tea & cake") == ["/all", "/report/1"]
        asked = {each.path for each in site.asked}
        assert not asked & {"/delete-all", "/failed"}, "and neither is what may not be followed"
        site.asked.clear()
        late = Recorder(session, {}, {}, 0)
        with pytest.raises(BudgetSpent):
            await pages_with(late, pages, "Tea & cake")
        assert site.asked == [], "when time is over"
