import time
from collections.abc import Generator
from contextlib import closing, contextmanager
from typing import Any

import pytest

from argus.services.qa.api.calling import bearer
from argus.services.qa.api.description import ApiNotDescribed
from argus.services.qa.api.sequences import Exchange, learn
from argus.services.qa.api.testing import ApiSession, ApiTarget
from argus.services.qa.browser.errors import ApplicationUnreachable
from argus.services.qa.outcome import Category, TestResult, TestStatus
from support.notes_api import ADA, BOB, NotesApi


@contextmanager
def opened(api: NotesApi, **wanted: Any) -> Generator[ApiSession]:
    ada, bob = bearer("ada", ADA, "TOKEN"), bearer("bob", BOB, "BOB_TOKEN")
    target = ApiTarget(api.url, ada, (bob,), most_cases=12, **wanted)
    with closing(ApiSession(target, time.monotonic() + 120)) as tester:
        yield tester


def result(tester: ApiSession, name: str) -> TestResult:
    [test] = [each for each in tester.begin() if each.name == name]
    return test.run()


def commands(found: TestResult) -> list[str]:
    return [each.message for each in found.evidence if each.kind == "curl"]


def test_an_answer_of_5xx_is_a_bug_with_the_smallest_call_that_shows_it(api: NotesApi) -> None:
    api.breaks = True
    with opened(api) as tester:
        found = result(tester, "POST /notes")
    assert (found.status, found.category) == (TestStatus.FAILED, Category.PRODUCT_BUG)
    assert found.symptom is not None
    assert found.symptom.request == "POST /api/notes 500"
    [command] = commands(found)
    assert command.startswith('curl -i -X POST -H "Authorization: Bearer $TOKEN"')
    assert '{"title": "0"}' in command
    assert ADA not in found.model_dump_json(), "though the application repeats it"
    assert api.notes == {}


def test_a_deleted_record_that_is_still_there_is_a_bug(api: NotesApi) -> None:
    api.deletes = False
    with opened(api) as tester:
        found = result(tester, "Life of a record of /notes")
    assert found.category is Category.PRODUCT_BUG
    assert found.evidence[0].message.endswith("a deleted record is still there")
    assert [command.split()[2:4] for command in commands(found)][-2][1] == "DELETE"


def test_a_record_that_others_can_change_is_a_bug_only_where_it_is_private(api: NotesApi) -> None:
    api.writes_are_open = True
    name = "bob cannot touch a record of /notes"
    with opened(api) as tester:
        found = result(tester, name)
        assert found.category is Category.PRODUCT_BUG
        assert "bob changes it" in found.evidence[0].message
        assert "$BOB_TOKEN" in commands(found)[2]
        api.lists_are_shared = True
        assert result(tester, name).status is TestStatus.PASSED


def test_a_run_that_may_only_read_asks_with_get_alone(api: NotesApi) -> None:
    api.notes[7] = ("ada", "kept")
    with opened(api, read_only=True) as tester:
        tests = tester.begin()
        assert {test.name for test in tests} == {"GET /notes", "GET /notes/{note_id}"}
        assert all(test.run().status is TestStatus.PASSED for test in tests)
        access = {each.url: each.answers for each in tester.site().access}
    assert access["/api/notes"] == {"ada": 200, "nobody signed in": 401, "bob": 200}
    assert {method for method, _ in api.asked} == {"GET"}


def test_recorded_calls_are_tried_again_where_nothing_is_described(api: NotesApi) -> None:
    api.described = False
    recorded = [
        Exchange(
            method="POST", path="/api/notes", sent={"title": "x"}, status=201, answered={"id": 3}
        ),
        Exchange(method="GET", path="/api/notes/3", status=200, answered={"id": 3}),
        Exchange(method="DELETE", path="/api/notes/3", status=204),
    ]
    with opened(api, sequences=learn(recorded)) as tester:
        [test] = tester.begin()
        assert (
            test.name == "As recorded: POST /api/notes, GET /api/notes/{id}, DELETE /api/notes/{id}"
        )
        assert test.run().status is TestStatus.PASSED
        assert api.asked[-3:] == [
            ("POST", "/api/notes"),
            ("GET", "/api/notes/101"),
            ("DELETE", "/api/notes/101"),
        ]
        api.loses = True
        found = test.run()
    assert found.category is Category.PRODUCT_BUG
    assert found.evidence[0].message.endswith("a created record cannot be read")
    with opened(api) as tester, pytest.raises(ApiNotDescribed):
        tester.begin()


def test_what_is_not_read_as_what_was_made_is_neither_changed_nor_deleted_but_told(
    api: NotesApi,
) -> None:
    api.forgets_titles = True
    recorded = [
        Exchange(
            method="POST", path="/api/notes", sent={"title": "x"}, status=201, answered={"id": 3}
        ),
        Exchange(method="DELETE", path="/api/notes/3", status=204),
    ]
    with opened(api, sequences=learn(recorded)) as tester:
        found = {test.name: test.run().status for test in tester.begin()}
        findings = {each.kind: each.message for each in tester.site().findings}
    skipped = {name for name, status in found.items() if status is TestStatus.SKIPPED}
    assert skipped == {*found} - {"GET /notes", "POST /notes", "GET /notes/{note_id}"}
    assert {method for method, _ in api.asked} == {"GET", "POST"}
    assert api.notes
    assert findings["records_left"].startswith(f"{len(api.notes)} records of the run may be left")


def test_what_was_there_before_is_not_deleted_though_the_api_says_it_was_made(
    api: NotesApi,
) -> None:
    api.makes_once = True
    with opened(api) as tester:
        [made] = [each for each in tester.begin() if each.name == "POST /notes"]
        assert made.run().status is TestStatus.PASSED
    assert [*api.notes] == [api.last_id]
    assert ("DELETE", f"/api/notes/{api.last_id}") not in api.asked


def test_an_api_that_is_gone_is_no_bug_and_one_that_breaks_off_a_call_is(api: NotesApi) -> None:
    with opened(api) as tester:
        tests = {test.name: test for test in tester.begin()}
        api.hangs_up_at = "POST"
        found = tests["POST /notes"].run()
        assert (found.category, commands(found) != []) == (Category.PRODUCT_BUG, True)
        api.down = True
        found = tests["POST /notes"].run()
        assert found.category is Category.ENVIRONMENT
    with opened(api) as tester, pytest.raises(ApplicationUnreachable):
        tester.begin()


def test_after_the_time_nothing_is_said_and_nothing_is_left_behind(api: NotesApi) -> None:
    with opened(api) as tester:
        test = next(each for each in tester.begin() if each.name == "PUT /notes/{note_id}")
        assert test.run().status is TestStatus.PASSED
        assert len(api.notes) == 1
        tester.stop()
        assert test.run().status is TestStatus.SKIPPED
    assert api.notes == {}
