"""What a run that may change nothing leaves undone."""

from argus.services.qa.browser.traffic import SAFE_METHODS
from argus.services.qa.execution.record import TestRun
from argus.services.qa.expectation import Mutation
from argus.services.qa.ir import Flow, Test
from argus.services.qa.urls import relative_url

_CHANGING = frozenset({Flow.CREATE, Flow.UPDATE, Flow.DELETE, Flow.VALIDATE})


def would_change(test: Test) -> bool:
    """Whether that is what the test is about, or what one of its steps says that it does."""
    return test.flow in _CHANGING or any(
        (step.request is not None and step.request.method not in SAFE_METHODS)
        or (step.as_role and step.request is None)
        or any(isinstance(each, Mutation) for each in step.expect)
        for step in test.steps
    )


def held_back(run: TestRun) -> str:
    """The first request of a read-only execution that was not sent; empty: there is none."""
    requests = (each for outcome in run.outcomes for each in outcome.requests)
    held = next((r for r in requests if r.failure and r.method not in SAFE_METHODS), None)
    return f"{held.method} {relative_url(held.url)}" if held else ""
