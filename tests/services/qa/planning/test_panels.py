"""Menus, dialogs and tabs get a test each: what they show, and that they close."""

from typing import Any

import pytest
from playwright.async_api import Browser

from argus.services.qa import ir
from argus.services.qa.discovery.explore import AutoDiscovery
from argus.services.qa.discovery.site import DiscoveryRequest, State
from argus.services.qa.expectation import ElementPresent, TextAbsent, TextPresent
from argus.services.qa.ir import Action, Step
from argus.services.qa.planning.panels import is_lasting, label, panels
from argus.services.qa.planning.planner import PlanRequest, TestPlanner
from support.desk import furnish
from support.website import WebSite, serve


def state(build: Any, *names: str, url: str = "/", **changes: Any) -> State:
    presses = [
        Step(id=name, action=Action.CLICK, target=build.target(name, "button")) for name in names
    ]
    seen = State(
        key=f"{url} {names}",
        url=url,
        url_template=url,
        title="Desk",
        dialog_open=False,
        validation_error=False,
        signed_in=False,
        depth=len(names),
        path=(Step(id="goto", action=Action.GOTO, value="/"), *presses),
    )
    return seen.model_copy(update=changes)


def test_what_controls_open_in_place_is_a_panel_the_nearest_first(build: Any) -> None:
    states = [
        state(build),
        state(build, "File", "About"),
        state(build, "File"),
        state(build, "Next", url="/next"),
        state(build, "Check", validation_error=True),
        state(build, "One", "Two", "Three"),
        state(build, "Flow 1"),
    ]
    assert panels(states, 9) == [states[2], states[1]]
    assert panels(states, 1) == [states[2]]


def test_a_menu_that_many_pages_share_is_one_panel(build: Any) -> None:
    books, authors = (
        state(build, "Account").model_copy(update={"url_template": url}) for url in ("/b", "/a")
    )
    assert panels([books, authors], 9) == [books]


def test_what_a_page_adds_to_its_address_or_always_complains_of_keeps_no_panel_away(
    build: Any,
) -> None:
    routed = state(build, "File", url="/#flow/7")
    assert panels([routed], 9) == [routed]
    plain, opened = (state(build, *names, validation_error=True) for names in ((), ("File",)))
    assert panels([plain, opened], 9) == [opened]


@pytest.mark.parametrize(
    ("name", "attributes", "called"),
    [
        ("\uf0c9", {"id": "main-menu"}, "main-menu"),
        ("\uf0c9", {"id": "main-menu", "title": "Menu"}, "Menu"),
        ("\uf0c9 File", {"id": "main-menu"}, "File"),
        ("\uf0c9", {"id": "ember1234"}, ""),
    ],
)
def test_a_control_that_shows_an_icon_alone_is_called_what_the_application_calls_it(
    build: Any, name: str, attributes: dict[str, str], called: str
) -> None:
    target = build.target(name, "button")
    known = target.fingerprint.model_copy(update={"attributes": attributes})
    assert label(target.model_copy(update={"fingerprint": known})) == called


@pytest.mark.parametrize("text", ["Untitled1", "Running (0)", "3 May", ""])
def test_what_counts_or_dates_is_not_expected_again(text: str) -> None:
    assert not is_lasting(text)


@pytest.mark.parametrize("text", ["About", "F9", "Rename (F2)"])
def test_words_and_keys_are_expected_again(text: str) -> None:
    assert is_lasting(text)


@pytest.mark.timeout(300)
async def test_menus_dialogs_and_tabs_are_tested_to_open_and_to_close(browser: Browser) -> None:
    async def emit(_kind: str, _data: dict[str, object]) -> None:
        pass

    with serve(WebSite()) as site:
        furnish(site)
        asked = DiscoveryRequest(app_url=site.url)
        found = await AutoDiscovery(browser, emit).work(asked, 100)
        planner = TestPlanner(browser, None, {}, emit)
        suite = await planner.work(PlanRequest(site=found), 200)
    tests = {test.name: test for test in suite.tests}
    assert {
        'Open the menu "File"',
        'Open the menu "Help"',
        'Open the dialog "Create"',
        'Open the dialog "Help > About"',
        'Show the tab "Closed"',
    } <= tests.keys()
    assert closes(tests['Open the dialog "Create"']) == ["Create study"]
    assert closes(tests['Show the tab "Closed"']) == []
    items = [
        each.target.fingerprint.name
        for step in tests['Open the menu "File"'].steps
        for each in step.expect
        if isinstance(each, ElementPresent)
    ]
    assert items == ["Note"], "Recent 3 may be another one next time"
    headings = [
        each.text
        for step in tests['Show the tab "Closed"'].steps
        for each in step.expect
        if isinstance(each, TextPresent)
    ]
    assert headings == ["Closed studies"]


def closes(test: ir.Test) -> list[str]:
    """What each step expects to be gone."""
    gone = [each for step in test.steps for each in step.expect if isinstance(each, TextAbsent)]
    return [each.text for each in gone]
