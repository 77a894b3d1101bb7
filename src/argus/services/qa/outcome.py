"""What a run yields: the contract of `OUT.json`, of the API and of the reports."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Literal

from pydantic import ConfigDict, Field

from argus.kernel.schema import Value
from argus.services.qa.agent import Expense
from argus.services.qa.ir import Flow
from argus.services.qa.target import Target


class Category(StrEnum):
    """Why a test did not simply pass (triage, `facts` of the failure, never a guess)."""

    PRODUCT_BUG = "product_bug"
    LOCATOR_BREAK = "locator_break"
    UI_DRIFT = "ui_drift"
    ENVIRONMENT = "environment"
    DATA = "data"
    FLAKE = "flake"


class TestStatus(StrEnum):
    """What a test came to. Healed is not simply passed, and skipped is not passed."""

    PASSED = "passed"
    PASSED_HEALED = "passed_healed"
    FAILED = "failed"
    FLAKY = "flaky"
    SKIPPED = "skipped"


class RunStatus(StrEnum):
    """What a run says of the application; `error`: nothing."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"


class Evidence(Value):
    """One observation behind a verdict. `screenshot` is a path relative to the report folder."""

    kind: str
    message: str
    url: str = ""
    screenshot: str = ""


class Heal(Value):
    """A changed locator. `proven`: all unchanged assertions of the test held twice with it.

    `learnt` names what is remembered of it, and `approval` how that stood when the run ended:
    `approved`, or `pending` where a person is to decide. Both are empty where nothing is.
    """

    step: str
    before: str
    after: str
    score: float
    margin: float
    proven: bool
    reasons: tuple[str, ...] = ()
    learnt: str = ""
    approval: str = ""


class Repair(Value):
    """A heal with the targets behind it. `heal.learnt` names the earlier heal that was reused."""

    heal: Heal
    before: Target
    after: Target


class Symptom(Value):
    """How a failure showed, without what differs in each execution. Texts are *templates*."""

    step: str
    """What was being done: `click button "Save"`."""
    url: str
    """URL template of the page."""
    message: str
    request: str = ""
    """The request that failed, with its status: `POST /notes 500`."""
    script_error: str = ""


class Cause(Value):
    """Failures that are taken for one. `tests` are ids; `suspects` say where to look first."""

    category: Category
    what: str
    step: str
    url: str
    tests: tuple[str, ...]
    suspects: tuple[str, ...]


class Difference(Value):
    """What a failing step should have shown, as far as somebody said so, and what it showed."""

    expected: str
    seen: str
    url: str


class Recording(Value):
    """What a failing execution looked like: paths relative to the report folder.

    `trace` is for Playwright's viewer, `film` an animated picture; empty where there is none.
    """

    trace: str
    film: str = ""


class TestResult(Value):
    """A test's judgement. `category` is null where there is nothing to explain.

    `probability` is that of the category, as the rule of triage that gave it has it.
    """

    id: str
    name: str
    flow: Flow
    status: TestStatus
    category: Category | None
    steps: int
    duration_ms: int
    heals: tuple[Heal, ...]
    evidence: tuple[Evidence, ...]
    probability: float | None = None
    symptom: Symptom | None = None
    differences: tuple[Difference, ...] = ()
    """Of the failing step."""
    recording: Recording | None = None


class Severity(StrEnum):
    """How much a finding matters, the worst first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Finding(Value):
    """A defect seen outside a test's assertions (the free oracles of discovery and execution)."""

    kind: str
    severity: Severity
    url: str
    message: str
    evidence: tuple[Evidence, ...]

    @property
    def serious(self) -> bool:
        """Whether the finding alone makes a run fail."""
        return self.severity in (Severity.CRITICAL, Severity.HIGH)


class DiscoverySummary(Value):
    """What discovery saw, in numbers."""

    pages: int
    states: int
    actions: int
    forms: int
    duration_s: float


class Cost(Value):
    """What language models cost the run; zero where none is configured."""

    model_calls: int
    usd: float


class RunReport(Value):
    """The whole result. `report` is the path of the HTML report, or empty."""

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)

    schema_version: Literal[1] = Field(default=1, alias="schema")
    run_id: str
    app_url: str
    status: RunStatus
    seed: int
    discovery: DiscoverySummary | None
    tests: tuple[TestResult, ...]
    findings: tuple[Finding, ...]
    cost: Cost
    report: str
    causes: tuple[Cause, ...] = ()
    expenses: tuple[Expense, ...] = ()
    """What each agent cost, the longest at work first."""
    username: str = ""
    """Who the tests were signed in as; empty: nobody."""

    def contract(self) -> dict[str, Any]:
        """`OUT.json`, schema 1, exactly: what more there is stands in the evidence."""
        of_heal = {"reasons": True, "learnt": True, "approval": True}
        of_result = dict.fromkeys(("probability", "symptom", "differences", "recording"), True)
        of_test = {"heals": {"__all__": of_heal}, **of_result}
        more = {"tests": {"__all__": of_test}, "causes": True, "expenses": True, "username": True}
        return self.model_dump(mode="json", by_alias=True, exclude=more)


def status_of(tests: Sequence[TestResult], findings: Sequence[Finding]) -> RunStatus:
    """`failed` with a product bug, as a test or as a finding of high severity; `error` when the
    environment, missing data or the time budget let no test say anything; else `passed`.
    """
    if any(test.category is Category.PRODUCT_BUG for test in tests) or any(
        finding.serious for finding in findings
    ):
        return RunStatus.FAILED
    mute = (Category.ENVIRONMENT, Category.DATA)
    if tests and all(test.status is TestStatus.SKIPPED or test.category in mute for test in tests):
        return RunStatus.ERROR
    return RunStatus.PASSED
