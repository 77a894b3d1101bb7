"""What no address leads to is found behind the controls that show it, and nothing is changed."""

import pytest

from argus.services.qa.discovery.site import Site, State
from argus.services.qa.safety import may_click, may_make
from support.desk import furnish
from support.exploring import Explore
from support.website import WebSite


def presses(state: State) -> list[str]:
    return [step.target.fingerprint.name for step in state.path if step.target]


def visits(site: WebSite) -> int:
    return sum(asked.path == "/" for asked in site.asked)


def changes(site: WebSite) -> list[str]:
    return [each.path for each in site.asked if each.method != "GET" and each.path != "/query"]


async def test_menus_dialogs_and_tabs_are_states_and_no_press_changes_anything(
    explore: Explore, site: WebSite
) -> None:
    furnish(site)
    found: Site = await explore(time_budget_s=200)
    ways = [presses(state) for state in found.states]
    assert [] in ways
    for way in (["File"], ["Help"], ["Create"], ["Closed"], ["Help", "About"]):
        assert way in ways, f"{way} was not found among {ways}"
    assert ["New folder"] not in ways, "what it would show follows from what was refused"
    assert changes(site) == []
    assert not [each for each in found.findings if each.kind == "script_error"]


async def test_a_field_that_searches_is_no_part_of_the_button_beside_it_that_creates(
    explore: Explore, site: WebSite
) -> None:
    furnish(site)
    found: Site = await explore(time_budget_s=200)
    forms = {form.fields[0].label: form for form in found.forms}
    assert forms["Search studies"].search
    assert not forms["Name"].search
    assert [submit.name for submit in forms["Name"].submits] == ["Save"]


async def test_a_menu_is_closed_to_go_back_instead_of_loading_its_page_again(
    explore: Explore, site: WebSite
) -> None:
    site.pages["/"] = """<h1>Desk</h1><button>Format</button><button>View</button><script>
        const close = () => document.querySelector('[role=menu]')?.remove();
        for (const each of document.querySelectorAll('button')) each.onclick = () => { close();
          document.body.insertAdjacentHTML('beforeend',
            `<div role=menu><button disabled>${each.innerText} text</button></div>`) };
        onkeydown = (event) => event.key === 'Escape' && close()</script>"""
    found: Site = await explore(time_budget_s=200)
    assert [presses(each) for each in found.states if each.depth == 1] == [["Format"], ["View"]]
    assert visits(site) == 1


async def test_what_something_lies_over_is_passed_over(explore: Explore, site: WebSite) -> None:
    site.pages["/"] = """<h1>Desk</h1><button>Format</button><button>View</button>
        <div style="position: fixed; inset: 0">Loading</div><script>
        for (const each of document.querySelectorAll('button')) each.onclick = () =>
          document.body.insertAdjacentHTML('beforeend', '<p role=menu><button>Bold</button>')
        </script>"""
    found: Site = await explore(time_budget_s=200)
    assert [presses(each) for each in found.states] == [[]]
    assert visits(site) == 1


@pytest.mark.parametrize("name", ["Create", "New folder", "Import nodes", "Add"])
def test_what_may_ask_what_to_make_may_be_pressed_with_care(name: str) -> None:
    assert may_click(name, "")
    assert may_make(name, "")


def test_what_only_shows_something_needs_no_care() -> None:
    assert not may_make("Details", "")
