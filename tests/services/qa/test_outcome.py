import pytest

from argus.services.qa.ir import Flow
from argus.services.qa.outcome import (
    Category,
    Finding,
    RunStatus,
    Severity,
    TestResult,
    TestStatus,
    status_of,
)

PASSED = (TestStatus.PASSED, None)
HEALED = (TestStatus.PASSED_HEALED, Category.LOCATOR_BREAK)
SKIPPED = (TestStatus.SKIPPED, None)
FLAKY = (TestStatus.FLAKY, Category.FLAKE)
BUG = (TestStatus.FAILED, Category.PRODUCT_BUG)
AWAY = (TestStatus.FAILED, Category.ENVIRONMENT)
DATA = (TestStatus.FAILED, Category.DATA)


def result(status: TestStatus, category: Category | None) -> TestResult:
    return TestResult(
        id="t",
        name="Test",
        flow=Flow.READ,
        status=status,
        category=category,
        steps=1,
        duration_ms=1,
        heals=(),
        evidence=(),
    )


def finding(severity: Severity) -> Finding:
    return Finding(kind="console", severity=severity, url="/", message="", evidence=())


@pytest.mark.parametrize(
    ("tests", "findings", "expected"),
    [
        ([], [], RunStatus.PASSED),
        ([PASSED, HEALED, SKIPPED, FLAKY, DATA], [], RunStatus.PASSED),
        ([PASSED, BUG], [], RunStatus.FAILED),
        ([AWAY, BUG], [], RunStatus.FAILED),
        ([AWAY, AWAY], [], RunStatus.ERROR),
        ([DATA, SKIPPED], [], RunStatus.ERROR),
        ([AWAY, PASSED], [], RunStatus.PASSED),
        ([PASSED], [Severity.CRITICAL], RunStatus.FAILED),
        ([PASSED], [Severity.HIGH], RunStatus.FAILED),
        ([PASSED], [Severity.MEDIUM, Severity.LOW], RunStatus.PASSED),
        ([AWAY], [Severity.HIGH], RunStatus.FAILED),
    ],
)
def test_a_run_fails_by_a_product_bug_and_says_nothing_where_nothing_could_be_tested(
    tests: list[tuple[TestStatus, Category | None]],
    findings: list[Severity],
    expected: RunStatus,
) -> None:
    judged = [result(status, category) for status, category in tests]
    assert status_of(judged, [finding(severity) for severity in findings]) is expected
