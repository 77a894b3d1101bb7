"""`argus qa run` on Django's admin, which nobody here wrote: two related models behind a login."""

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from subjects.look import Look
from subjects.plugin import StartApplication
from support.processes import RunningPlatform
from support.readme import DEMO, commands, demo, typed
from support.testing import Result, Suite, Tester

pytestmark = pytest.mark.timeout(1800)

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
CREATED = {"Create an author", "Create a book"}
CHANGES = {"Create an author", "Update an author", "Delete an author"}
RESTYLED = CHANGES | {"Search for a book", "A book without a title is refused"}
REPLAYED = RESTYLED | {"Create a book", "Read a book", "Leave a book without saving"}
"""One test at least of each flow."""


@dataclass(frozen=True)
class Tour:
    """What the README's tour comes to."""

    suite: Suite
    """Of a healthy build."""
    restyled: Result
    broken: Result

    @property
    def results(self) -> tuple[Result, ...]:
        return (self.suite.healthy, self.restyled, self.broken)


@pytest.fixture(scope="module")
def tester(tested: RunningPlatform, tmp_path_factory: pytest.TempPathFactory) -> Tester:
    return Tester(tested, tmp_path_factory.mktemp("django"), "admin", "admin")


@pytest.fixture(scope="module")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the tour's applications keep their databases."""
    return tmp_path_factory.mktemp("libraries")


@pytest.fixture(scope="module")
def tour(tester: Tester, libraries: Path) -> Tour:
    """The README's commands as they stand; between them most tests are taken from the suite."""
    lines = commands("Five minutes")
    starts = [position for position, line in enumerate(lines) if line.startswith("make demo")]
    blocks = [lines[a:b] for a, b in zip(starts, [*starts[1:], len(lines)], strict=True)]
    assert len(blocks) == 3
    saved = tester.folder / "suite.json"

    def follow(start: str, *then: str) -> Result:
        with demo(start, libraries) as address:
            block = ["export DEMO_PASSWORD=admin", *then]
            run = typed(block, tester.folder, tester.platform.home, at={DEMO: address})
        report = json.loads((tester.folder / "report/report.json").read_text())
        return Result(run.returncode, run.stdout + run.stderr, report)

    healthy = follow(*blocks[0])
    suite = Suite(json.loads(saved.read_text()), healthy)
    saved.write_text(json.dumps(suite.only(RESTYLED)))
    restyled = follow(*blocks[1])
    saved.write_text(json.dumps(suite.only(CREATED)))
    return Tour(suite, restyled, follow(*blocks[2]))


@pytest.fixture(scope="module")
def suite(tour: Tour) -> Suite:
    return tour.suite


def test_every_command_of_the_readme_gives_the_promised_exit_code(tour: Tour) -> None:
    assert [result.code for result in tour.results] == [0, 0, 1], [
        result.printed for result in tour.results
    ]


def test_a_healthy_build_passes_with_all_flows_of_both_models(suite: Suite) -> None:
    found = suite.healthy
    assert found.code == 0, found.printed
    assert found.outcome["status"] == "passed"
    assert found.names("passed") >= EXPECTED
    assert len(found.names("passed")) == len(found.outcome["tests"])
    assert found.serious() == []


def test_a_run_removes_the_records_it_made(tour: Tour, libraries: Path) -> None:
    tests = [test for result in tour.results for test in result.outcome["tests"]]
    hindrances = [e for test in tests for e in test["evidence"] if e["kind"] == "cleanup"]
    files = list(libraries.rglob("library.sqlite3"))
    assert len(files) == 3
    for file in files:
        with closing(sqlite3.connect(file)) as database:
            counts = "select (select count(*) from library_author), count(*) from library_book"
            assert database.execute(counts).fetchone() == (3, 5), (file, hindrances)


def test_the_suite_passes_again_at_another_address_and_holds_no_secret(
    tester: Tester, suite: Suite, django_admin: StartApplication
) -> None:
    again = tester.run(django_admin(), suite=suite.only(REPLAYED))
    assert again.code == 0, again.printed
    assert again.names("passed") == REPLAYED
    assert again.outcome["app_url"] != suite.healthy.outcome["app_url"]
    assert again.outcome["discovery"] is None
    assert suite.content["login"]["steps"][2]["value"] == {"secret": "login.password"}


@pytest.mark.parametrize(
    ("bug", "broken", "said"),
    [
        ("wrong_page_after_save", {"Create an author", "Update an author"}, "the page is /admin/"),
        ("element_missing", {"Delete an author"}, 'link "Delete" is gone'),
        ("button_removed", {"Create an author", "Delete an author"}, 'button "Save" is gone'),
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
    replayed = broken | {"Create an author", "Delete an author"}
    found = tester.run(django_admin(bug=bug), suite=suite.only(replayed))
    assert (found.code, found.outcome["status"]) == (1, "failed"), found.printed
    assert found.names("failed", "product_bug") == broken
    assert found.names("passed") == replayed - broken
    for name in broken:
        evidence = found.test(name)["evidence"]
        assert any(said in each["message"] for each in evidence)
        assert any(each["screenshot"] for each in evidence)


def test_a_save_that_stores_nothing_fails_what_relies_on_it(tour: Tour) -> None:
    broken = tour.broken
    assert broken.outcome["status"] == "failed"
    assert broken.names("failed", "product_bug") == CREATED
    for name in CREATED:
        evidence = broken.test(name)["evidence"]
        assert any("0 rows show" in each["message"] for each in evidence)
        assert any(each["screenshot"] for each in evidence)


def test_other_ids_classes_and_nesting_are_healed_and_explained(tour: Tour) -> None:
    restyled = tour.restyled
    assert restyled.names("passed_healed", "locator_break") >= CHANGES
    assert restyled.names("failed") == set()
    for test in restyled.outcome["tests"]:
        explained = [each for each in test["evidence"] if each["kind"] == "heal"]
        assert len(explained) == len(test["heals"])
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
    form = django_admin(bug="error_on_delete") + "library/author/add/"
    found = tester.run(form, "--max-pages", "2")
    assert found.code == 1, found.printed
    assert found.outcome["status"] == "failed"
    assert found.names("failed", "product_bug") == {"Delete an author"}
    assert found.names("passed") >= {"Create an author", "Update an author"}
    assert all(test["heals"] == [] for test in found.outcome["tests"])
    evidence = found.test("Delete an author")["evidence"]
    assert any("answered 500" in each["message"] for each in evidence)
    assert any(each["screenshot"] for each in evidence)


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
