"""An exploration that somebody ends goes on where it was, with whoever begins the next."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser

from argus.services.qa.discovery.explore import AutoDiscovery
from argus.services.qa.discovery.site import DiscoveryRequest, Site
from support.website import WebSite

PAGES = {f"/{name}" for name in ("", "news", "team", "shop", "help")}
BUDGET_S = 120.0


@pytest.fixture
def linked(site: WebSite) -> WebSite:
    """A page that leads to four others, which lead nowhere; one has a form, one a list."""
    links = "".join(f"<a href={page}>{page[1:]}</a> " for page in sorted(PAGES - {"/"}))
    site.pages = {page: f"<h1>{page}</h1>" for page in PAGES}
    site.pages["/"] = f"<h1>Home</h1><nav>{links}</nav>"
    site.pages["/help"] = "<h1>Help</h1><form method=post><input aria-label=Ask><button>Send"
    site.pages["/team"] = "<h1>Team</h1><ul><li>Ada<li>Bob<li>Eve</ul><img src=/gone.png>"
    return site


class Paused(Exception):
    """Somebody wants the exploration to end here."""


async def explored(browser: Browser, site: WebSite, memory: Path, emit: Any) -> Site:
    request = DiscoveryRequest(app_url=site.url)
    return await AutoDiscovery(browser, emit, memory=memory).work(request, BUDGET_S)


def complete(found: Site) -> None:
    assert {page.url for page in found.pages} == PAGES
    assert len(found.states) == len(PAGES)
    assert ([form.url for form in found.forms], found.stopped_by) == (["/help"], "exhausted")
    assert [each.kind for each in found.findings].count("broken_image") == 1


async def test_what_was_paused_again_and_again_visits_each_page_once(
    browser: Browser, linked: WebSite, tmp_path: Path
) -> None:
    told: list[str] = []

    async def pause_at_each_state(kind: str, data: dict[str, Any]) -> None:
        told.append(f"{kind} {data['url']} {data.get('message')}")
        if kind == "discovery_state":
            raise Paused

    pauses = 0
    while True:
        try:
            found = await explored(browser, linked, tmp_path / "memory", pause_at_each_state)
            break
        except Paused:
            pauses += 1
    assert pauses == len(PAGES)
    complete(found)
    visits = Counter(each.path for each in linked.asked if each.method == "GET")
    assert {page: visits[page] for page in PAGES} == dict.fromkeys(PAGES, 1)
    assert len(told) == len({*told}), "and tells everything once"


async def test_what_was_killed_goes_on_from_what_it_had_kept(
    browser: Browser, linked: WebSite, tmp_path: Path
) -> None:
    memory, kept = tmp_path / "memory", list[bytes]()

    async def end_at_the_second_state(_kind: str, data: dict[str, Any]) -> None:
        if data.get("states") == 2 and not kept:
            kept.append(memory.read_bytes())
            raise Paused

    with pytest.raises(Paused):
        await explored(browser, linked, memory, end_at_the_second_state)
    memory.write_bytes(kept[0])  # who is killed keeps nothing at the end
    complete(await explored(browser, linked, memory, end_at_the_second_state))
    assert sum(each.path == "/" for each in linked.asked) == 1
