"""`argus qa run` on Django's admin, which nobody here wrote: two related models behind a login."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from subjects.look import Look
from subjects.plugin import StartApplication
from subjects.process import running as serving
from support.processes import RunningPlatform
from support.testing import Suite, Tester

pytestmark = pytest.mark.timeout(600)

EXPECTED = {
    "Create an author",
    "Read an author",
    "Update an author",
    "Delete an author",
    "Search for an author",
    "Leave an author without saving",
    "An author without a name is refused",
    "An author with an invalid value for email is refused",
    "Create a book",
    "Read a book",
    "Update a book",
    "Delete a book",
    "Search for a book",
    "Leave a book without saving",
    "A book without a title is refused",
    "A book without pages is refused",
    "A book with an invalid value for pages is refused",
    "A book with an invalid value for published is refused",
    'Open "Site administration"',
}
CHANGES = {"Create an author", "Update an author", "Delete an author"}


@pytest.fixture(scope="module")
def tester(tested: RunningPlatform, tmp_path_factory: pytest.TempPathFactory) -> Tester:
    return Tester(tested, tmp_path_factory.mktemp("django"), "admin", "admin")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the crawled application keeps its database."""
    return tmp_path_factory.mktemp("library")


@pytest.fixture(scope="module")
def suite(tester: Tester, library: Path) -> Suite:
    with serving("django_admin.py", "--folder", str(library)) as url:
        return tester.crawl(url)


def test_a_healthy_build_passes_with_all_flows_of_both_models(suite: Suite) -> None:
    found = suite.healthy
    assert found.code == 0, found.printed
    assert found.outcome["status"] == "passed"
    assert found.names("passed") >= EXPECTED
    assert len(found.names("passed")) == len(found.outcome["tests"])
    assert found.serious() == []


def test_a_run_removes_the_records_it_made(suite: Suite, library: Path) -> None:
    with closing(sqlite3.connect(library / "library.sqlite3")) as database:
        counts = "select (select count(*) from library_author), count(*) from library_book"
        assert database.execute(counts).fetchone() == (3, 5)


def test_the_suite_passes_again_at_another_address_and_holds_no_secret(
    tester: Tester, suite: Suite, django_admin: StartApplication
) -> None:
    again = tester.run(django_admin(), suite=suite.content)
    assert again.code == 0, again.printed
    assert again.names("passed") == suite.healthy.names("passed")
    assert again.outcome["app_url"] != suite.healthy.outcome["app_url"]
    assert again.outcome["discovery"] is None
    assert suite.content["login"]["steps"][2]["value"] == {"secret": "login.password"}


@pytest.mark.parametrize(
    ("bug", "broken", "said"),
    [
        ("save_ignored", {"Create an author"}, "0 rows show"),
        ("wrong_page_after_save", {"Create an author", "Update an author"}, "the page is /admin/"),
        ("error_on_delete", {"Delete an author"}, "answered 500"),
        ("element_missing", {"Delete an author"}, 'link "Delete" is gone'),
        ("button_removed", CHANGES, 'button "Save" is gone'),
    ],
)
def test_a_bug_is_reported_as_one_and_never_healed_away(
    tester: Tester,
    suite: Suite,
    django_admin: StartApplication,
    bug: str,
    broken: set[str],
    said: str,
) -> None:
    found = tester.run(django_admin(bug=bug), suite=suite.only(CHANGES))
    assert (found.code, found.outcome["status"]) == (1, "failed"), found.printed
    assert found.names("failed", "product_bug") == broken
    assert found.names("passed_healed", "locator_break") == set()
    for name in broken:
        evidence = found.test(name)["evidence"]
        assert any(said in each["message"] for each in evidence)
        assert any(each["screenshot"] for each in evidence)


def test_other_ids_classes_and_nesting_are_healed_and_explained(
    tester: Tester, suite: Suite, django_admin: StartApplication
) -> None:
    found = tester.run(django_admin(look=Look.RESTYLED), suite=suite.only(CHANGES))
    assert found.code == 0, found.printed
    assert found.names("passed_healed", "locator_break") == CHANGES
    for test in found.outcome["tests"]:
        explained = [each for each in test["evidence"] if each["kind"] == "heal"]
        assert len(explained) == len(test["heals"]) > 0
        for heal in test["heals"]:
            assert heal["proven"]
            assert heal["before"] != heal["after"]
            assert 0.5 < heal["score"] <= 1
            assert heal["margin"] > 0


def test_a_button_that_is_gone_from_a_restyled_page_is_not_healed(
    tester: Tester, suite: Suite, django_admin: StartApplication
) -> None:
    url = django_admin(bug="button_removed", look=Look.RESTYLED)
    found = tester.run(url, suite=suite.only({"Create an author"}))
    assert found.code == 1, found.printed
    assert found.names("failed", "product_bug") == {"Create an author"}
    assert found.outcome["tests"][0]["heals"] == []


def test_a_first_look_at_a_broken_build_reports_the_bug(
    tester: Tester, django_admin: StartApplication
) -> None:
    found = tester.run(django_admin(bug="error_on_delete"), "--max-pages", "5")
    assert found.code == 1, found.printed
    assert found.names("failed", "product_bug") == {"Delete an author"}


def test_a_suite_is_refused_without_the_user_it_signs_in_as(
    tester: Tester, suite: Suite, django_admin: StartApplication
) -> None:
    nobody = Tester(tester.platform, tester.folder)
    stranger = Tester(tester.platform, tester.folder, "admin", "wrong")
    url, replayed = django_admin(), suite.only({"Create an author"})
    for who, said in ((nobody, "signs in as admin"), (stranger, "asks for the password again")):
        found = who.run(url, suite=replayed)
        assert (found.code, found.outcome) == (2, {})
        assert said in found.printed
