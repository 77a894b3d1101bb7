"""What a run that may change nothing leaves undone."""

from argus.services.qa.browser.traffic import SAFE_METHODS
from argus.services.qa.execution.record import FailureKind, StepOutcome, TestRun
from argus.services.qa.expectation import Mutation
from argus.services.qa.ir import Flow, Phase, Test
from argus.services.qa.urls import relative_url, same_application

_CHANGING = frozenset({Flow.CREATE, Flow.UPDATE, Flow.DELETE, Flow.VALIDATE})


def would_change(test: Test) -> bool:
    """Whether that is what the test is about, or what one of its steps says that it does."""
    return test.flow in _CHANGING or any(
        (step.request is not None and step.request.method not in SAFE_METHODS)
        or (step.as_role and step.request is None)
        or any(isinstance(each, Mutation) for each in step.expect)
        for step in test.steps
    )


def held_back(run: TestRun, app_url: str) -> str:
    """The first request to the application that a failed read-only execution could not send, and
    that may be why it failed; empty: there is none.

    That is none of cleanup, which fails no test, and none where the step that failed saw an error
    of the server: what is not sent makes none.
    """
    if run.failed is None or _saw_server_error(run.failed, app_url):
        return ""
    requests = (
        each
        for outcome in run.outcomes
        if outcome.phase is not Phase.CLEANUP
        for each in outcome.requests
        if each.failure and each.method not in SAFE_METHODS
    )
    held = next((each for each in requests if same_application(each.url, app_url)), None)
    return f"{held.method} {relative_url(held.url)}" if held else ""


def _saw_server_error(outcome: StepOutcome, app_url: str) -> bool:
    return any(failure.kind is FailureKind.SERVER_ERROR for failure in outcome.failures) or any(
        each.status >= 500 and same_application(each.url, app_url) for each in outcome.requests
    )
