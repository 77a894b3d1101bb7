"""Why a test failed: ordered rules over what was recorded. Nothing here looks at a page.

The order matters: what lies outside the application is excluded first, then what a second
execution contradicts, then missing data, then what only the test's locators explain; what is left
is a defect. Only `locator_break` and `ui_drift` may be healed.
"""

from collections.abc import Callable
from dataclasses import dataclass

from argus.kernel.schema import Value
from argus.services.qa.execution.record import (
    Failure,
    FailureKind,
    Request,
    StepOutcome,
    TestRun,
)
from argus.services.qa.expectation import SAME_HEADING, TextPresent
from argus.services.qa.ir import Phase, Step, Test
from argus.services.qa.outcome import Category
from argus.services.qa.triage.rewording import says_the_same
from argus.services.qa.urls import path_template, same_application

MAJORITY = 0.5
_FEW = 3
"""Of fewer tests than this, no majority is counted."""

_NO_DATA = {FailureKind.EXPECTATION, FailureKind.NOT_ACTIONABLE}
"""In setup these mean that there is no data to test with; the others say what is broken."""

_GATEWAY = {502, 503, 504}
"""What a proxy answers for an application that it does not reach (RFC 9110 sections 15.6.3-5)."""

_OFFLINE = (
    "ERR_ADDRESS_UNREACHABLE", "ERR_INTERNET_DISCONNECTED", "ERR_NAME_NOT_RESOLVED",
    "ERR_NETWORK_CHANGED", "ERR_NETWORK_IO_SUSPENDED", "ERR_PROXY_CONNECTION_FAILED",
    "ERR_TUNNEL_CONNECTION_FAILED",
)  # fmt: skip
"""Chromium's names for a network that is not there, whatever the application does."""

_BROKEN_OFF = (
    "ERR_CONNECTION_ABORTED", "ERR_CONNECTION_CLOSED", "ERR_CONNECTION_REFUSED",
    "ERR_CONNECTION_RESET", "ERR_CONNECTION_TIMED_OUT", "ERR_CONTENT_LENGTH_MISMATCH",
    "ERR_EMPTY_RESPONSE", "ERR_INCOMPLETE_CHUNKED_ENCODING", "ERR_SOCKET_NOT_CONNECTED",
    "ERR_TIMED_OUT",
)  # fmt: skip
"""A connection without an answer: the network's fault, or that of a handler that dies."""


class Context(Value):
    """What is known besides the failing run."""

    app_url: str = ""
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
    tentative: bool = False
    """A second execution may tell otherwise."""
    asks: bool = False
    """Whether it is meant so is for a person to say: there is no element to heal."""

    @property
    def healable(self) -> bool:
        return self.category in {Category.LOCATOR_BREAK, Category.UI_DRIFT} and not self.asks


@dataclass(frozen=True)
class Case:
    """A failing run, taken apart."""

    test: Test
    run: TestRun
    step: Step
    outcome: StepOutcome
    failure: Failure
    context: Context


Rule = Callable[[Case], Verdict | None]


def classify(test: Test, run: TestRun, context: Context) -> Verdict:
    """Judge a failing run by the first rule that applies.

    Raises:
        ValueError: the run did not fail.
    """
    outcome = run.failed
    if outcome is None:
        raise ValueError(f"run {run.nonce} of {test.id} did not fail")
    step = next(step for step in test.steps if step.id == outcome.step)
    case = Case(test, run, step, outcome, outcome.failures[0], context)
    verdicts = (rule(case) for rule in RULES)
    return next((verdict for verdict in verdicts if verdict is not None), None) or defect(case)


def is_unreachable(run: TestRun) -> bool:
    """Whether nothing but a proxy, if anything, answered at the application's address."""
    failed = run.failed
    if failed is None:
        return False
    if failed.failures[0].kind is FailureKind.CONNECTION:
        return True
    pages = [each for outcome in run.outcomes for each in outcome.requests if each.document]
    return bool(pages) and all(each.status in _GATEWAY for each in pages)


def browser_ended(case: Case) -> Verdict | None:
    """The browser, or the process of its page, is gone."""
    if case.failure.kind is not FailureKind.BROWSER:
        return None
    return _verdict(Category.ENVIRONMENT, 0.98, "the browser ended", case.failure.message)


def database_silent(case: Case) -> Verdict | None:
    """What the test asks of the application's database is not answered."""
    if case.failure.kind is not FailureKind.DATABASE:
        return None
    reason = "the application's database does not answer"
    return _verdict(Category.ENVIRONMENT, 0.95, reason, case.failure.message)


def something_missing(case: Case) -> Verdict | None:
    """What the test needs beside the page is not there."""
    if case.failure.kind is not FailureKind.MISSING:
        return None
    return _verdict(Category.DATA, 0.9, case.failure.message)


def nothing_answers(case: Case) -> Verdict | None:
    """The application's address could not be reached at all."""
    context, message = case.context, case.failure.message
    share = context.unreachable / context.executed if context.executed else 1.0
    reason = f"{context.unreachable} of {context.executed} tests found nothing at the address"
    if case.failure.kind is not FailureKind.CONNECTION:
        counted = context.executed >= _FEW and share > MAJORITY and is_unreachable(case.run)
        return _verdict(Category.ENVIRONMENT, 0.8, reason, message) if counted else None
    if share > MAJORITY:
        return _verdict(Category.ENVIRONMENT, 0.95, reason, message)
    return _verdict(Category.ENVIRONMENT, 0.7, "nothing answered at the address", message)


def connection_lost(case: Case) -> Verdict | None:
    """A request of the failing step got no answer: unless it gets none again and again."""
    lost = [each for each in case.outcome.requests if _is_lost(each, case.context.app_url)]
    if not lost:
        return None
    told = tuple(f"{each.method} {each.url}: {each.failure}" for each in lost[:3])
    if any(each.failure.endswith(_OFFLINE) for each in lost):
        return _verdict(Category.ENVIRONMENT, 0.95, "there is no network", *told)
    rerun = case.context.rerun
    if rerun is None:
        reason = "the connection broke off in mid-test"
        return _verdict(Category.ENVIRONMENT, 0.65, reason, *told, tentative=True)
    if rerun.ok:
        reason = "the connection broke off in mid-test, and held in a second execution"
        return _verdict(Category.ENVIRONMENT, 0.85, reason, *told)
    if is_unreachable(rerun):
        reason = "the connection broke off in mid-test, and nothing answers any more"
        return _verdict(Category.ENVIRONMENT, 0.95, reason, *told)
    return None


def passed_on_rerun(case: Case) -> Verdict | None:
    """The same build does not fail a second time."""
    if case.context.rerun is None or not case.context.rerun.ok:
        return None
    reason = f"step {case.step.id} failed once and passed in a new context on the same build"
    return _verdict(Category.FLAKE, 0.9, reason)


def signed_out(case: Case) -> Verdict | None:
    """The application asks to sign in where the test does not expect it."""
    login = path_template(case.context.login_url) if case.context.login_url else ""
    if not login or path_template(case.outcome.url) != login:
        return None
    if case.step.post_url and path_template(case.step.post_url) == login:
        return None
    reason = "the application asks to sign in: the session was lost"
    return _verdict(Category.DATA, 0.9, reason, case.failure.message, tentative=True)


def setup_without_effect(case: Case) -> Verdict | None:
    """What the test needs could not be made."""
    if case.step.phase is not Phase.SETUP or case.failure.kind not in _NO_DATA:
        return None
    reason = "the test could not make the data it needs"
    return _verdict(Category.DATA, 0.7, reason, case.failure.message, tentative=True)


def lost_on_known_page(case: Case) -> Verdict | None:
    """Nothing is wrong but that an element is not found, on the page where it belongs."""
    step, outcome, failure = case.step, case.outcome, case.failure
    if any(each.kind is not FailureKind.UNRESOLVED for each in outcome.failures):
        return None
    at = failure.expectation
    if outcome.resolution is not None and outcome.resolution.row_count != 1:
        return None
    before = _before(case.test, step)
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


def heading_reworded(case: Case) -> Verdict | None:
    """Nothing is wrong but the page's heading, whose words are in another order or inflection."""
    broken = [each for each in case.outcome.requests if each.status >= 400]
    if broken or case.outcome.script_errors:
        return None
    told: list[str] = []
    for failure in case.outcome.failures:
        asked = case.step.expect[failure.expectation] if failure.expectation >= 0 else None
        if not isinstance(asked, TextPresent) or asked.oracle != SAME_HEADING:
            return None
        if not says_the_same(asked.text, failure.heading):
            return None
        told.append(f'the heading is "{failure.heading}", not "{asked.text}": was it reworded?')
    return Verdict(
        category=Category.UI_DRIFT, probability=0.7, reasons=tuple(told), tentative=True, asks=True
    )


RULES: tuple[Rule, ...] = (
    browser_ended,
    database_silent,
    something_missing,
    nothing_answers,
    connection_lost,
    passed_on_rerun,
    signed_out,
    setup_without_effect,
    lost_on_known_page,
    heading_reworded,
)
"""In their order; what none of them explains is a `defect`."""


def defect(case: Case) -> Verdict:
    """Nothing but the application explains it."""
    failure, outcome = case.failure, case.outcome
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
    return _verdict(Category.PRODUCT_BUG, probability, *dict.fromkeys(reasons), tentative=True)


def _is_lost(request: Request, app_url: str) -> bool:
    """A page or call of the application's own without an answer; not what others serve to it."""
    ours = same_application(request.url, app_url) if app_url else True
    return ours and request.essential and request.failure.endswith(_OFFLINE + _BROKEN_OFF)


def _before(test: Test, step: Step) -> Step | None:
    """The step that led to where this one starts."""
    index = test.steps.index(step)
    return test.steps[index - 1] if index else None


def _verdict(
    category: Category, probability: float, *reasons: str, tentative: bool = False
) -> Verdict:
    return Verdict(category=category, probability=probability, reasons=reasons, tentative=tentative)
