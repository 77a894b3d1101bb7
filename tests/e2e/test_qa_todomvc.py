"""`argus qa run` on a TodoMVC, which nobody here wrote: a JavaScript application of one page."""

import pytest

from subjects.look import Look
from subjects.plugin import StartApplication
from subjects.process import running as serving
from support.processes import RunningPlatform
from support.testing import Suite, Tester

pytestmark = pytest.mark.timeout(1800)

CREATE, DELETE, UPDATE = "Create a todo", "Delete a todo", "Update a todo"


@pytest.fixture(scope="module")
def tester(tested: RunningPlatform, tmp_path_factory: pytest.TempPathFactory) -> Tester:
    return Tester(tested, tmp_path_factory.mktemp("todomvc"))


@pytest.fixture(scope="module")
def suite(tester: Tester) -> Suite:
    with serving("todomvc.py") as url:
        return tester.crawl(url)


def test_a_healthy_build_passes_with_all_flows(suite: Suite) -> None:
    found = suite.healthy
    assert found.code == 0, found.printed
    assert found.names("passed") == {
        CREATE,
        "Read a todo",
        UPDATE,
        DELETE,
        f"{DELETE} and no other",
        "Leave a todo without saving",
        "A todo without text is refused",
        'Open "todos"',
    }
    assert len(found.outcome["tests"]) == 8
    assert found.serious() == []


def test_the_suite_passes_again_at_another_address(
    tester: Tester, suite: Suite, todomvc: StartApplication
) -> None:
    again = tester.run(todomvc(), suite=suite.content)
    assert again.code == 0, again.printed
    assert again.names("passed") == suite.healthy.names("passed")


@pytest.mark.parametrize(
    ("bug", "broken", "said"),
    [
        ("save_ignored", CREATE, "0 rows show"),
        ("wrong_page_after_save", CREATE, "the page is /#/completed"),
        ("delete_does_nothing", DELETE, "1 rows show"),
        ("element_missing", CREATE, 'link "Active"'),
        ("button_removed", DELETE, 'button "✖" is gone'),
    ],
)
def test_a_bug_is_reported_as_one_and_never_healed_away(
    tester: Tester, suite: Suite, todomvc: StartApplication, bug: str, broken: str, said: str
) -> None:
    found = tester.run(todomvc(bug=bug), suite=suite.only({CREATE, DELETE}))
    assert (found.code, found.outcome["status"]) == (1, "failed"), found.printed
    assert found.names("failed", "product_bug") == {broken}
    assert any(said in each["message"] for each in found.test(broken)["evidence"])
    assert all(test["heals"] == [] for test in found.outcome["tests"])


def test_other_ids_classes_and_nesting_are_healed_and_explained(
    tester: Tester, suite: Suite, todomvc: StartApplication
) -> None:
    found = tester.run(todomvc(look=Look.RESTYLED), suite=suite.only({CREATE, UPDATE}))
    assert found.code == 0, found.printed
    assert found.names("passed_healed", "locator_break") == {CREATE, UPDATE}
    lost = [heal for heal in found.test(UPDATE)["heals"] if heal["before"] == "css=input.edit"]
    assert lost
    for heal in lost:
        assert heal["proven"]
        assert heal["margin"] > 0


def test_a_button_that_is_gone_from_a_restyled_page_is_not_healed(
    tester: Tester, suite: Suite, todomvc: StartApplication
) -> None:
    url = todomvc(bug="button_removed", look=Look.RESTYLED)
    found = tester.run(url, suite=suite.only({DELETE}))
    assert found.code == 1, found.printed
    assert found.names("failed", "product_bug") == {DELETE}
    assert found.outcome["tests"][0]["heals"] == []
