"""What a list is sorted by and narrowed down to, learned on a page and tried on broken ones."""

from collections.abc import Mapping

from playwright.async_api import Browser

from argus.services.qa.browser.session import new_session
from argus.services.qa.discovery.explore import AutoDiscovery
from argus.services.qa.discovery.site import DiscoveryRequest
from argus.services.qa.execution.perform import perform
from argus.services.qa.ir import Test
from argus.services.qa.planning.planner import PlanRequest, TestPlanner
from support.website import Asked, WebSite, serve

BOATS = (("Heron", 9, "Sail"), ("Auk", 10, "Motor"), ("Tern", 80, "Sail"), ("Gull", 7, "Motor"))
BUDGET_S = 120.0


class Boats:
    """A list of boats by length and kind."""

    def __init__(self) -> None:
        self.forgets = ""
        """What it does not do although it is asked to: `sort` or `kind`."""

    def page(self, asked: Asked) -> str:
        query = {key: value for key, value in asked.query.items() if key != self.forgets}
        boats = [boat for boat in BOATS if query.get("kind", "") in {"", boat[2]}]
        if query.get("sort") == "length":
            boats.sort(key=lambda boat: boat[1])
        rows = "".join(f"<tr><td>{n}<td>{m} m<td>{kind}</tr>" for n, m, kind in boats)
        return (
            "<h1>Boats</h1><form method=get><label>Kind <select name=kind><option value=''>All"
            "<option>Sail<option>Motor</select></label><button>Show</button></form>"
            "<table><thead><tr><th>Name<th><a href='?sort=length'>Length</a><th>Built</thead>"
            f"<tbody>{rows}</tbody></table>"
        )


async def ignore(kind: str, data: Mapping[str, object]) -> None:
    pass


async def failures(browser: Browser, test: Test, url: str) -> list[str]:
    async with new_session(browser, url) as session:
        outcomes = [await perform(session, step, {}, {}, timeout_s=1) for step in test.steps]
    return [failure.oracle for outcome in outcomes for failure in outcome.failures]


async def test_a_list_is_sorted_and_narrowed_down_by_what_its_page_offers(
    browser: Browser,
) -> None:
    boats = Boats()
    with serve(WebSite({"/": boats.page})) as site:
        asked = DiscoveryRequest(app_url=site.url)
        seen = await AutoDiscovery(browser, ignore).work(asked, BUDGET_S)
        planner = TestPlanner(browser, None, {}, ignore)
        suite = await planner.work(PlanRequest(site=seen), BUDGET_S)
        tests = {test.name: test for test in suite.tests}
        sort, narrow = (tests[f"{what} the list of boat"] for what in ("Sort", "Narrow down"))
        assert [await failures(browser, each, site.url) for each in (sort, narrow)] == [[], []]
        boats.forgets = "sort"
        assert await failures(browser, sort, site.url) == [
            "a list that is sorted by a column is in its order"
        ]
        boats.forgets = "kind"
        assert set(await failures(browser, narrow, site.url)) == {
            "a list that is narrowed down to one kind shows no other"
        }
