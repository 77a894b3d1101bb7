import pytest

from argus.services.qa.outcome import RunReport, RunStatus
from argus.services.qa.reports.verdict import summarize
from services.qa.reports.samples import (
    FAILED,
    FAILING,
    FINDINGS,
    FLAKY,
    HEALED,
    SKIPPED,
    UNDECIDED,
    passed,
    report_of,
)


@pytest.mark.parametrize(
    ("report", "headline"),
    [
        (report_of(passed(1), HEALED), "Everything that was tested works"),
        (FAILING, "Found 1 product bug and 1 serious finding"),
        (report_of(FAILED, FAILED), "Found 2 product bugs"),
        (report_of(passed(1), findings=FINDINGS), "Found 1 serious finding"),
        (report_of(passed(1), UNDECIDED), "No product bug, but 1 test did not pass"),
        (report_of(passed(1), FLAKY), "No product bug was found"),
        (report_of(), "Nothing was tested"),
        (
            report_of(UNDECIDED, status=RunStatus.ERROR),
            "The application could not be judged",
        ),
    ],
)
def test_the_headline_says_whether_the_application_works(report: RunReport, headline: str) -> None:
    assert summarize(report).headline == headline


def test_nothing_but_plain_passes_goes_without_saying() -> None:
    report = report_of(passed(1), passed(2), HEALED, FLAKY, SKIPPED, findings=FINDINGS[:1])
    said = " ".join(summarize(report).details)
    assert said.startswith("3 of 5 tests passed. 1 test passed with new locators")
    assert "1 test failed once" in said
    assert "1 test did not run" in said
    assert "1 minor finding" in said
    assert summarize(report_of(passed(1))).details == ("1 of 1 test passed.",)
