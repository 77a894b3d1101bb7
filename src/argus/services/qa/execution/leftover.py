"""What an execution may have left in the application, told by what it sent and what it removed."""

from argus.services.qa.browser.traffic import SAFE_METHODS
from argus.services.qa.execution.record import StepOutcome, TestRun
from argus.services.qa.ir import Flow, Phase, Test
from argus.services.qa.urls import relative_url

_MOST_NAMES = 2


def leftover(test: Test, run: TestRun) -> str:
    """The data that may have been left behind, and why; empty where there is none.

    A passing test without cleanup removes what it made itself, or nobody can.
    """
    cleanup = {step.id for step in test.steps if step.phase is Phase.CLEANUP}
    done = {outcome.step for outcome in run.outcomes if outcome.ok}
    names = _names(test, run)
    if not names or (cleanup and cleanup <= done):
        return ""
    if not any(map(_changed_something, run.outcomes)):
        return ""
    if not cleanup:
        removes = "what was to remove it did not"
        why = removes if test.flow is Flow.DELETE else "the test has no steps that remove it"
        why = "" if run.ok else why
    else:
        why = next(
            (_why(o) for o in run.outcomes if o.step in cleanup - done), "the test broke off"
        )
    return f"{names} may be left in the application{_where(run)}: {why}" if why else ""


def _changed_something(outcome: StepOutcome) -> bool:
    return outcome.phase is not Phase.CLEANUP and any(
        request.method not in SAFE_METHODS and 0 < request.status < 400
        for request in outcome.requests
    )


def _where(run: TestRun) -> str:
    """Where the first failure was seen, by page or by request."""
    seen = next((each for each in run.outcomes if not each.ok), run.outcomes[-1])
    urls = (seen.url, *(request.url for request in seen.requests))
    url = next((each for each in urls if each.startswith("http")), "")
    return f", last seen at {relative_url(url)}" if url else ""


def _why(outcome: StepOutcome) -> str:
    return outcome.failures[0].message


def _names(test: Test, run: TestRun) -> str:
    """What the test typed or sent that nothing else has: by that a person finds it."""
    done = {outcome.step for outcome in run.outcomes}
    texts = [
        f"{step.value} {step.request.body if step.request else ''}"
        for step in test.steps
        if step.id in done
    ]
    made = [
        f'"{run.values[name]}"'
        for name, variable in test.variables.items()
        if variable.unique and any(f"${{{name}}}" in text for text in texts)
    ]
    return " or ".join(made[:_MOST_NAMES])
