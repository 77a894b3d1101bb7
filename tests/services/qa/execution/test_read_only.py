from argus.services.qa.execution.read_only import held_back
from argus.services.qa.execution.record import (
    Failure,
    FailureKind,
    Request,
    StepOutcome,
    TestRun,
)
from argus.services.qa.ir import Phase

SHOP = "http://shop.example/"
LOST = Failure(kind=FailureKind.EXPECTATION, message="the text is not there")
BROKEN = Failure(kind=FailureKind.SERVER_ERROR, message="/orders answered 500")


def not_sent(path: str = "orders?a=1", *, host: str = SHOP) -> Request:
    return Request(method="POST", url=host + path, status=0, failure="net::ERR_ABORTED")


def run(*outcomes: StepOutcome) -> TestRun:
    return TestRun(test="t", nonce="n", values={}, outcomes=outcomes, duration_ms=1)


def step(
    *requests: Request, failure: Failure | None = LOST, phase: Phase = Phase.ACT
) -> StepOutcome:
    return StepOutcome(
        step="s1", phase=phase, failures=(failure,) if failure else (), requests=requests
    )


def test_what_a_test_did_not_send_to_its_application_is_named() -> None:
    assert held_back(run(step(not_sent())), SHOP) == "POST /orders?a=1"
    assert held_back(run(step(not_sent(), failure=None), step()), SHOP) == "POST /orders?a=1"
    sent = Request(method="POST", url=SHOP, status=200)
    broken_off = Request(method="GET", url=SHOP, status=0, failure="net::ERR_ABORTED")
    assert held_back(run(step(sent, broken_off)), SHOP) == ""


def test_nothing_excuses_a_test_that_passed() -> None:
    """One that fails the next time has a reason of its own then."""
    assert held_back(run(step(not_sent(), failure=None)), SHOP) == ""


def test_what_is_for_another_host_or_of_cleanup_excuses_no_failure() -> None:
    assert held_back(run(step(not_sent(host="https://analytics.example/"))), SHOP) == ""
    assert held_back(run(step(), step(not_sent(), phase=Phase.CLEANUP)), SHOP) == ""


def test_an_error_of_the_server_is_not_excused() -> None:
    assert held_back(run(step(not_sent(), failure=BROKEN)), SHOP) == ""
    answered = Request(method="GET", url=SHOP + "api/orders", status=500)
    assert held_back(run(step(not_sent(), answered)), SHOP) == ""
    elsewhere = Request(method="GET", url="https://analytics.example/", status=500)
    assert held_back(run(step(not_sent(), elsewhere)), SHOP) == "POST /orders?a=1"
