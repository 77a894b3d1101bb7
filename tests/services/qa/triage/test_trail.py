import pytest

from argus.services.qa.execution.record import Request, StepOutcome
from argus.services.qa.ir import Phase
from argus.services.qa.triage.trail import Footprint, failing_request, first_difference


def mark(
    *requests: str, url: str = "/notes", step: str = "s2", does: str = "click", errors: int = 0
) -> Footprint:
    return Footprint(step=step, does=does, url=url, requests=requests, script_errors=errors)


BEFORE = mark("POST /add 302", "GET /notes 200")
CASES = [
    ("nothing", BEFORE, ""),
    (
        "the status",
        mark("POST /add 500"),
        "step s2: POST /add answered 302 when the test passed, and 500 now",
    ),
    (
        "a request is missing",
        mark("GET /notes 200"),
        "step s2: POST /add was sent when the test passed, and is not sent now",
    ),
    (
        "a request is new",
        mark("POST /add 302", "GET /notes 200", "GET /log 404"),
        "step s2: GET /log 404 was not there when the test passed",
    ),
    (
        "a script fails",
        mark("POST /add 302", "GET /notes 200", errors=1),
        "step s2: a script fails that did not when the test passed",
    ),
    (
        "it leads elsewhere",
        mark("POST /add 302", "GET /notes 200", url="/add"),
        "step s2: it led to /notes when the test passed, and leads to /add now",
    ),
    ("it is another step", mark(does="fill"), ""),
]


@pytest.mark.parametrize(("now", "told"), [each[1:] for each in CASES], ids=[c[0] for c in CASES])
def test_what_a_failing_step_did_otherwise(now: Footprint, told: str) -> None:
    assert first_difference((mark(step="s1"), BEFORE), (mark(step="s1"), now)) == told


def test_the_first_step_that_differs_is_told() -> None:
    passed = (mark(step="s1"), mark("GET / 200"))
    assert first_difference(passed, (mark(step="s1", url="/x"), mark())).startswith("step s1:")


def outcome(*requests: Request) -> StepOutcome:
    return StepOutcome(step="s", phase=Phase.ACT, url="http://app/add", requests=requests)


@pytest.mark.parametrize(
    ("request_", "line"),
    [
        (Request(method="POST", url="http://app/notes/7", status=500), "POST /notes/{id} 500"),
        (
            Request(method="GET", url="http://app/", status=0, failure="net::ERR_FAILED"),
            "GET / net::ERR_FAILED",
        ),
        (Request(method="GET", url="http://app/", status=404), ""),
        (Request(method="GET", url="http://app/", status=0), ""),
        (Request(method="GET", url="http://app/", status=0, failure="net::ERR_ABORTED"), ""),
        (Request(method="GET", url="http://cdn/", status=503), ""),
        (Request(method="GET", url="http://app/logo", status=500, essential=False), ""),
    ],
)
def test_the_failing_request_is_the_applications_own_and_matters(
    request_: Request, line: str
) -> None:
    fine = Request(method="GET", url="http://app/fine", status=200)
    assert failing_request(outcome(fine, request_)) == line
