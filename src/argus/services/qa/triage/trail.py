"""What a run left behind, step by step, and where it first differs from one that passed."""

from collections.abc import Sequence

from argus.kernel.schema import Value
from argus.services.qa.execution.record import Request, StepOutcome, TestRun
from argus.services.qa.ir import Step, Test
from argus.services.qa.urls import path_template, same_application


class Footprint(Value):
    """Where a step led, and its noteworthy requests as `POST /notes 302`."""

    step: str
    does: str
    """`click button "Save"`: a step of another plan may have the same id."""
    url: str
    requests: tuple[str, ...]
    script_errors: int


Trail = tuple[Footprint, ...]


def trail_of(test: Test, run: TestRun) -> Trail:
    """The footprints of all steps that were performed."""
    does = {step.id: step_label(step) for step in test.steps}
    return tuple(
        Footprint(
            step=outcome.step,
            does=does[outcome.step],
            url=outcome.url_template,
            requests=tuple(dict.fromkeys(map(request_line, outcome.requests))),
            script_errors=len(outcome.script_errors),
        )
        for outcome in run.outcomes
    )


def step_label(step: Step) -> str:
    """`click button "Save"`; names are *templates*."""
    return f"{step.action} {step.target.description}" if step.target else step.action.value


def request_line(request: Request) -> str:
    """`POST /notes/{id} 500`; what got no answer says why."""
    return f"{request.method} {path_template(request.url)} {request.status or request.failure}"


def failing_request(outcome: StepOutcome) -> str:
    """The first request of a step that the application answered by 5xx or not at all."""
    for request in outcome.requests:
        gone_on = request.failure == "net::ERR_ABORTED"  # the page went on without the answer
        failed = request.status >= 500 or (request.failure and not gone_on)
        if failed and request.essential and same_application(request.url, outcome.url):
            return request_line(request)
    return ""


def first_difference(passed: Sequence[Footprint], now: Sequence[Footprint]) -> str:
    """What the failing run did otherwise first; empty where nothing is known to differ."""
    known = {(footprint.step, footprint.does): footprint for footprint in passed}
    for footprint in now:
        before = known.get((footprint.step, footprint.does))
        if before is not None and (difference := _difference(before, footprint)):
            return f"step {footprint.step}: {difference}"
    return ""


def _difference(before: Footprint, now: Footprint) -> str:
    answered = dict(line.rsplit(" ", 1) for line in now.requests)
    for line in before.requests:
        request, status = line.rsplit(" ", 1)
        if request not in answered:
            return f"{request} was sent when the test passed, and is not sent now"
        if line not in now.requests:
            return f"{request} answered {status} when the test passed, and {answered[request]} now"
    if new := [line for line in now.requests if line not in before.requests]:
        return f"{new[0]} was not there when the test passed"
    if now.script_errors > before.script_errors:
        return "a script fails that did not when the test passed"
    if now.url != before.url:
        return f"it led to {before.url} when the test passed, and leads to {now.url} now"
    return ""
