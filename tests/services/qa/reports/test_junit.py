from xml.etree.ElementTree import Element, fromstring

from argus.services.qa.outcome import RunReport, RunStatus
from argus.services.qa.reports.junit import junit_xml
from services.qa.reports.samples import FAILING, report_of


def document(report: RunReport) -> Element:
    return fromstring(junit_xml(report))  # noqa: S314 - our own document


def case(root: Element, name: str) -> Element:
    return next(one for one in root.iter("testcase") if name in one.get("name", ""))


def properties(element: Element) -> dict[str, str]:
    found = element.findall("properties/property")
    return {one.get("name", ""): one.get("value", "") for one in found}


def test_the_counts_of_each_suite_and_of_the_whole_are_those_of_its_cases() -> None:
    root = document(FAILING)
    counted = ("tests", "failures", "errors", "skipped")
    assert [root.get(name) for name in counted] == ["10", "2", "1", "1"]
    tests, findings = root.findall("testsuite")
    assert [tests.get(name) for name in counted] == ["7", "1", "1", "1"]
    assert [findings.get(name) for name in counted] == ["3", "1", "0", "0"]
    assert root.get("time") == tests.get("time")


def test_a_product_bug_fails_and_says_why_and_where() -> None:
    failure = case(document(FAILING), "Create a book").find("failure")
    assert failure is not None
    assert failure.get("type") == "product_bug"
    assert "no row shows" in failure.get("message", "")
    assert "create-book-s6.png" in (failure.text or "")


def test_what_kept_a_test_from_judging_the_product_is_an_error_and_no_failure() -> None:
    undecided = case(document(FAILING), "Delete an author")
    assert undecided.find("failure") is None
    error = undecided.find("error")
    assert error is not None
    assert error.get("type") == "data"


def test_healed_and_flaky_tests_pass_and_stay_visible() -> None:
    root = document(FAILING)
    healed, flaky = case(root, "Edit a book"), case(root, "Search authors")
    assert properties(healed)["status"] == "passed_healed"
    assert "Save changes" in properties(healed)["heal.1"]
    assert "proven" in properties(healed)["heal.2"]
    assert properties(flaky)["status"] == "flaky"
    for one in (healed, flaky):
        assert one.find("failure") is None
        assert one.findtext("system-out")


def test_a_skipped_test_is_skipped_with_the_reason() -> None:
    skipped = case(document(FAILING), "Leave the form").find("skipped")
    assert skipped is not None
    assert "time budget" in skipped.get("message", "")


def test_an_empty_run_is_a_valid_document() -> None:
    root = document(report_of(status=RunStatus.ERROR))
    assert root.get("tests") == "0"
