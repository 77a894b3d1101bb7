import random

from pydantic import TypeAdapter

from argus.services.qa.discovery.frontier import Candidate, Frontier, Press, Rank, Tried, Visit
from argus.services.qa.leads import Lead, Leads
from argus.services.qa.urls import path_template, url_template

KEPT = TypeAdapter(Tried)


def visit(path: str, depth: int = 1) -> Visit:
    url = f"http://h{path}"
    return Visit(url, url_template(url), path_template(url), depth, "")


def order(frontier: Frontier, *, new: bool, here: str = "") -> list[str]:
    taken: list[str] = []
    while candidate := frontier.next(here):
        taken.append(candidate.url[8:] if isinstance(candidate, Visit) else candidate.fragment)
        frontier.learned(candidate, new=new)
    return taken


def test_new_templates_come_before_more_of_the_same_and_the_shallow_before_the_deep() -> None:
    frontier = Frontier()
    for candidate in (visit("/a/1"), visit("/a/2"), visit("/deep", 3), visit("/b", 2)):
        frontier.add(candidate)
    assert order(frontier, new=True) == ["/a/1", "/b", "/deep", "/a/2"]


def test_a_template_that_teaches_nothing_new_is_left_alone() -> None:
    frontier = Frontier()
    for number in range(4):
        frontier.add(visit(f"/calendar/{number}"))
    assert order(frontier, new=False) == ["/calendar/0", "/calendar/1"]


def test_variants_of_a_page_by_query_are_left_alone_when_they_teach_nothing() -> None:
    frontier = Frontier()
    for name in "abcdef":
        frontier.add(visit(f"/list?{name}=1"))
    assert order(frontier, new=False) == ["/list?a=1", "/list?b=1"]


def test_the_same_address_waits_once_whatever_its_anchor() -> None:
    frontier = Frontier()
    frontier.start_with(visit("/"))
    for path in ("/", "/#top", "/page#one", "/page#two", "/#/route"):
        frontier.add(visit(path))
    assert order(frontier, new=True) == ["/page#one", "/#/route"]


def test_controls_of_the_open_state_come_before_others_of_the_same_rank() -> None:
    frontier = Frontier()
    frontier.add(Press("one", "menu", 1))
    frontier.add(Press("two", "tabs", 1))
    assert order(frontier, new=True, here="two") == ["tabs", "menu"]


def test_a_state_that_cannot_be_reached_loses_its_controls() -> None:
    frontier = Frontier()
    frontier.add(Press("one", "menu", 1))
    frontier.add(Press("two", "tabs", 1))
    frontier.drop_state("one")
    assert order(frontier, new=True) == ["tabs"]


def test_ten_thousand_links_of_one_kind_take_five_places() -> None:
    frontier = Frontier()
    for number in range(10_000):
        frontier.add(visit(f"/item/{number}"))
    assert len(order(frontier, new=True)) == 5


class Counted(Frontier):
    """Counts how often a candidate is looked at."""

    looks = 0

    def _rank(self, age: int, candidate: Candidate) -> Rank:
        self.looks += 1
        return super()._rank(age, candidate)


def test_a_decision_costs_the_same_in_the_two_hundredth_state_as_in_the_first() -> None:
    chance, frontier = random.Random(5), Counted()
    frontier.add(visit("/page-0"))
    looks: list[int] = []
    for number in range(200):
        for link in range(30):
            frontier.add(visit(f"/area{number}/page{link}", depth=number // 10 + 1))
        for button in range(15):
            frontier.add(Press(f"state{number}", f"button{button}", number // 10 + 1))
        frontier.looks = 0
        candidate = frontier.next(f"state{chance.randrange(number + 1)}")
        assert candidate is not None
        frontier.learned(candidate, new=chance.random() < 0.5)
        looks.append(frontier.looks)
    early, late = sum(looks[:50]) / 50, sum(looks[-50:]) / 50
    assert late < 2 * early + 5, (early, late)


def test_what_the_code_says_matters_comes_before_the_shallow_and_the_control_at_hand() -> None:
    leads = Leads(
        leads=(
            Lead(path="/users/:id/roles", priority=0.7, churn=0, page=False),
            Lead(path="/about", priority=0.1, churn=0, page=True),
        )
    )
    frontier = Frontier(leads)
    for candidate in (visit("/news"), visit("/about", 2), visit("/users/7/roles", 3)):
        frontier.add(candidate)
    frontier.add(Press("here", "menu", 1))
    assert order(frontier, new=True, here="here") == ["/users/7/roles", "/about", "menu", "/news"]


def test_a_frontier_with_the_memory_of_another_decides_the_same() -> None:
    leads = Leads(leads=(Lead(path="/area7/:id", priority=0.9, churn=0, page=False),))
    chance, one = random.Random(3), Frontier(leads)
    for number in range(40):
        one.add(visit(f"/area{number}/{number}", depth=number % 4))
        one.add(Press(f"state{number % 5}", f"button{number}", 1))
        candidate = one.next(f"state{number % 5}")
        assert candidate is not None
        one.learned(candidate, new=chance.random() < 0.3)
    other = Frontier(leads, KEPT.validate_json(KEPT.dump_json(one.memory)))
    assert other.memory == one.memory
    assert order(other, new=False, here="state3") == order(one, new=False, here="state3")
