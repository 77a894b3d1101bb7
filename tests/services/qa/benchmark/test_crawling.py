"""How a model is compared with labels, and lines with lines."""

from argus.services.qa.benchmark.applications.contacts import Contacts
from argus.services.qa.benchmark.crawling import (
    Exploration,
    agreement,
    executable_lines,
    exploration_figures,
)
from argus.services.qa.ir import Suite

NOTHING = Suite(app_url="http://h/", seed=1, tests=())


def test_agreement_counts_what_was_missed_and_what_was_made_up() -> None:
    assert agreement([(True, True), (True, False), (False, True), (False, False)]) == 0.5
    assert agreement([(True, True), (False, False)]) == 1


def test_lines_that_prepare_an_application_are_not_counted() -> None:
    lines = executable_lines(Contacts)
    prepared = {line for _, _, line in Contacts.__init__.__code__.co_lines() if line}
    assert lines
    assert not lines & prepared


def test_lines_are_set_against_those_of_a_crawler_of_links() -> None:
    explored = Exploration(
        suite=NOTHING,
        screens=((True, True), (True, False)),
        found=1,
        duration_s=30,
        discovery_lines=frozenset({1, 2}),
        lines=frozenset({1, 2, 3, 4}),
        link_lines=frozenset({1, 2}),
        all_lines=frozenset(range(8)),
    )
    values = [figure.value for figure in exploration_figures([explored], seed=1)]
    assert values == [2 / 3, 2.0, 1.0, 0.5, 2.0]
