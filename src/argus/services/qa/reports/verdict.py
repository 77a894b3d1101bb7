"""A run's outcome in plain language."""

from collections import Counter

from argus.kernel.schema import Value
from argus.services.qa.outcome import Category, RunReport, RunStatus, TestStatus


class Summary(Value):
    """`headline` says whether the application works; `details` what else a reader must know."""

    headline: str
    details: tuple[str, ...]


def summarize(report: RunReport) -> Summary:
    """Say what the run means, the worst first."""
    counts = Counter(test.status for test in report.tests)
    bugs = sum(test.category is Category.PRODUCT_BUG for test in report.tests)
    serious = sum(finding.serious for finding in report.findings)
    minor = len(report.findings) - serious
    undecided = counts[TestStatus.FAILED] - bugs
    passed = counts[TestStatus.PASSED] + counts[TestStatus.PASSED_HEALED]

    if report.status is RunStatus.ERROR:
        headline = "The application could not be judged"
    elif bugs or serious:
        found = [numbered(bugs, "product bug")] if bugs else []
        found += [numbered(serious, "serious finding")] if serious else []
        headline = f"Found {' and '.join(found)}"
    elif not report.tests:
        headline = "Nothing was tested"
    elif passed == len(report.tests):
        headline = "Everything that was tested works"
    elif undecided:
        headline = f"No product bug, but {numbered(undecided, 'test')} did not pass"
    else:
        headline = "No product bug was found"

    details: list[str] = []
    if report.tests:
        details.append(f"{passed} of {numbered(len(report.tests), 'test')} passed.")
    if healed := counts[TestStatus.PASSED_HEALED]:
        details.append(
            f"{numbered(healed, 'test')} passed with new locators: the page was rebuilt, its "
            "behavior held. No expectation was changed; approve the heals, or fix the page."
        )
    if undecided and (bugs or report.status is RunStatus.ERROR):
        details.append(f"{numbered(undecided, 'test')} failed for reasons outside the product.")
    if flaky := counts[TestStatus.FLAKY]:
        details.append(f"{numbered(flaky, 'test')} failed once and passed on a rerun.")
    if skipped := counts[TestStatus.SKIPPED]:
        details.append(f"{numbered(skipped, 'test')} did not run, which is not a pass.")
    if minor:
        details.append(f"{numbered(minor, 'minor finding')} came up along the way.")
    return Summary(headline=headline, details=tuple(details))


def numbered(count: int, noun: str) -> str:
    """`1 test`, `2 tests`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"
