"""Why a test failed: ordered rules over what was recorded. Nothing here looks at a page.

The order matters: what lies outside the application is excluded first, then what a second
execution contradicts, then missing data, then what only the test's locators explain; what is left
is a defect. Only `locator_break` and `ui_drift` may be healed.
"""

from argus.kernel.schema import Value
from argus.services.qa.execution.record import Failure, FailureKind, StepOutcome, TestRun
from argus.services.qa.ir import ElementPresent, Phase, Step, Test
from argus.services.qa.outcome import Category
from argus.services.qa.urls import path_template

MAJORITY = 0.5

_NO_DATA = {FailureKind.EXPECTATION, FailureKind.NOT_ACTIONABLE}
"""In setup these mean that there is no data to test with; the others say what is broken."""


class Context(Value):
    """What is known besides the failing run."""

    rerun: TestRun | None = None
    """The same test on the same build, in a new browser context."""
    executed: int = 0
    """Tests of this run that have been executed so far, this one included."""
    unreachable: int = 0
    """How many of them failed since nothing answered at the application's address."""
    login_url: str = ""
    """URL or path of the sign-in page; empty where there is none."""


class Verdict(Value):
    """A category with its probability (0 to 1: the rule's, not the single case's) and reasons."""

    category: Category
    probability: float
    reasons: tuple[str, ...]

    @property
    def healable(self) -> bool:
        return self.category in {Category.LOCATOR_BREAK, Category.UI_DRIFT}


def classify(test: Test, run: TestRun, context: Context) -> Verdict:
    """Judge a failing run by the first rule that applies.

    Raises:
        ValueError: the run did not fail.
    """
    outcome = run.failed
    if outcome is None:
        raise ValueError(f"run {run.nonce} of {test.id} did not fail")
    failure = outcome.failures[0]
    step = next(step for step in test.steps if step.id == outcome.step)
    verdict = (
        _environment(failure, context)
        or _flake(run, context)
        or _data(step, outcome, failure, context)
        or _locator(test, step, outcome, failure)
    )
    return verdict or _product_bug(outcome, failure)


def _environment(failure: Failure, context: Context) -> Verdict | None:
    if failure.kind is FailureKind.BROWSER:
        return _verdict(Category.ENVIRONMENT, 0.98, "the browser ended", failure.message)
    if failure.kind is not FailureKind.CONNECTION:
        return None
    share = context.unreachable / context.executed if context.executed else 1.0
    if share > MAJORITY:
        reason = f"{context.unreachable} of {context.executed} tests found nothing at the address"
        return _verdict(Category.ENVIRONMENT, 0.95, reason, failure.message)
    return _verdict(Category.ENVIRONMENT, 0.7, "nothing answered at the address", failure.message)


def _data(step: Step, outcome: StepOutcome, failure: Failure, context: Context) -> Verdict | None:
    if context.login_url and path_template(outcome.url) == path_template(context.login_url):
        expected = path_template(step.post_url) if step.post_url else ""
        if expected != path_template(context.login_url):
            reason = "the application asks to sign in: the session was lost"
            return _verdict(Category.DATA, 0.9, reason, failure.message)
    if step.phase is Phase.SETUP and failure.kind in _NO_DATA:
        reason = "the test could not make the data it needs"
        return _verdict(Category.DATA, 0.7, reason, failure.message)
    return None


def _flake(run: TestRun, context: Context) -> Verdict | None:
    if context.rerun is None or not context.rerun.ok:
        return None
    failed = run.failed
    where = failed.step if failed else ""
    reason = f"step {where} failed once and passed in a new context on the same build"
    return _verdict(Category.FLAKE, 0.9, reason)


def _locator(test: Test, step: Step, outcome: StepOutcome, failure: Failure) -> Verdict | None:
    if any(each.kind is not FailureKind.UNRESOLVED for each in outcome.failures):
        return None
    at = failure.expectation
    if at >= 0 and isinstance(step.expect[at], ElementPresent):
        return None
    if outcome.resolution is not None and outcome.resolution.row_count != 1:
        return None
    before = _before(test, step)
    url, state = (before.post_url, before.post_state) if before else ("", step.pre_state)
    if at >= 0:
        url, state = step.post_url, step.post_state
    if url and outcome.url_template != url:
        return None
    if state and outcome.state and state != outcome.state:
        reason = f"the page is the known one ({outcome.url_template}) but is built differently"
        return _verdict(Category.UI_DRIFT, 0.75, reason, failure.message)
    reason = f"the page is the known one ({outcome.url_template})"
    return _verdict(Category.LOCATOR_BREAK, 0.85, reason, failure.message)


def _before(test: Test, step: Step) -> Step | None:
    """The step that led to where this one starts."""
    index = test.steps.index(step)
    return test.steps[index - 1] if index else None


def _product_bug(outcome: StepOutcome, failure: Failure) -> Verdict:
    reasons = [each.message for each in outcome.failures]
    reasons += [f"script error: {message}" for message in outcome.script_errors[:3]]
    reasons += [
        f"{request.method} {request.url} answered {request.status}"
        for request in outcome.requests
        if request.status >= 500
    ][:3]
    probability = {
        FailureKind.SERVER_ERROR: 0.97,
        FailureKind.EXPECTATION: 0.9,
        FailureKind.PAGE: 0.85,
        FailureKind.UNRESOLVED: 0.8,
        FailureKind.NOT_ACTIONABLE: 0.75,
    }.get(failure.kind, 0.7)
    if outcome.script_errors:
        probability = max(probability, 0.95)
    return _verdict(Category.PRODUCT_BUG, probability, *dict.fromkeys(reasons))


def _verdict(category: Category, probability: float, *reasons: str) -> Verdict:
    return Verdict(category=category, probability=probability, reasons=reasons)
