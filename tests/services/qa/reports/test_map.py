"""The map of a site: every screen has its place, and nothing lies over anything else."""

from itertools import combinations
from pathlib import Path

from argus.services.qa.discovery.site import Site, State, Transition
from argus.services.qa.ir import Action, Step
from argus.services.qa.outcome import DiscoverySummary
from argus.services.qa.reports.map import BOX_HEIGHT, BOX_WIDTH, site_map
from argus.services.qa.reports.write import write_report
from argus.services.qa.target import Fingerprint, Target
from services.qa.reports.samples import FAILING, timeline_of


def press(name: str) -> Step:
    target = Target(description=name, locators=(), fingerprint=Fingerprint(tag="button"))
    return Step(id=name, action=Action.CLICK, target=target)


def state(number: int, *, dialog: bool = False, title: str = "") -> State:
    goto = Step(id="goto", action=Action.GOTO, value=f"/{number}")
    return State(
        key=f"s{number}",
        url=f"/{number}",
        url_template=f"/{number}",
        title=title or f"Screen {number}",
        dialog_open=dialog,
        validation_error=False,
        signed_in=False,
        depth=0,
        path=(goto, press('button "Filter"')) if dialog else (goto,),
    )


def site_of(states: int, ways: list[tuple[int, int]], *more: State) -> Site:
    link = Step(id="link", action=Action.GOTO, value="/")
    return Site(
        app_url="http://127.0.0.1:1",
        login=None,
        pages=(),
        states=(*(state(number) for number in range(states)), *more),
        transitions=tuple(
            Transition(source=f"s{source}", target=f"s{target}", action=link)
            for source, target in ways
        ),
        forms=(),
        collections=(),
        findings=(),
        summary=DiscoverySummary(pages=1, states=states, actions=1, forms=0, duration_s=1),
        stopped_by="exhausted",
    )


FIFTY = site_of(50, [((number - 1) // 7, number) for number in range(1, 50)])


def test_no_box_lies_over_another_and_all_are_inside() -> None:
    found = site_map(FIFTY, ())
    assert len(found.boxes) == 50
    for one, other in combinations(found.boxes, 2):
        assert abs(one.x - other.x) >= BOX_WIDTH or abs(one.y - other.y) >= BOX_HEIGHT
    assert all(box.x + BOX_WIDTH <= found.width for box in found.boxes)
    assert all(box.y + BOX_HEIGHT <= found.height for box in found.boxes)


def test_each_screen_hangs_on_the_shortest_way_and_circles_end() -> None:
    found = site_map(site_of(4, [(0, 1), (1, 2), (2, 3), (0, 3), (3, 0), (2, 2)]), ())
    at = {box.url: box.x for box in found.boxes}
    assert at["/0"] < at["/1"] == at["/3"] < at["/2"]
    assert len(found.ways) == 3


def test_a_chain_as_long_as_any_budget_has_a_place_too() -> None:
    found = site_map(site_of(3000, [(n, n + 1) for n in range(2999)]), ())
    assert len(found.boxes) == 3000


def test_a_screen_that_no_way_leads_to_stands_at_the_left() -> None:
    found = site_map(site_of(3, [(0, 1)]), ())
    at = {box.url: box.x for box in found.boxes}
    assert at["/2"] == at["/0"]


def test_a_box_tells_what_was_pressed_and_whether_something_is_broken_there() -> None:
    dialog = state(7, dialog=True)
    (box,) = site_map(site_of(0, [], dialog), {"/7"}).boxes
    assert (box.title, box.place) == ("dialog, Screen 7", 'button "Filter"')
    assert box.hint == '/7 then press button "Filter"'
    assert box.tone == "failed"


def test_the_report_shows_the_map_and_titles_stay_text(tmp_path: Path) -> None:
    site = site_of(0, [], state(1, title="<script>x"))
    page = write_report(FAILING, timeline_of(FAILING), tmp_path, site).read_text()
    assert "Nothing new was left to try." in page
    assert "&lt;script&gt;x" in page
    assert "<script" not in page
