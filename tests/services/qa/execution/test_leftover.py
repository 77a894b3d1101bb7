import pytest

from argus.services.qa.execution.leftover import leftover
from argus.services.qa.execution.record import (
    Failure,
    FailureKind,
    Request,
    StepOutcome,
    TestRun,
)
from argus.services.qa.ir import (
    Action,
    Flow,
    HttpRequest,
    Phase,
    Step,
    Test,
    Variable,
    VariableKind,
)

TITLE = Variable(kind=VariableKind.TEXT, unique=True)
GONE = Failure(kind=FailureKind.UNRESOLVED, message='button "Delete": no visible element matches')


def step(id_: str, value: str = "", phase: Phase = Phase.ACT) -> Step:
    return Step(id=id_, action=Action.PRESS, value=value, phase=phase)


FILL, SAVE = step("fill", "${title}"), step("save")
DELETE = step("delete", phase=Phase.CLEANUP)


def left(
    *outcomes: StepOutcome, steps: tuple[Step, ...] = (FILL, SAVE, DELETE), unique: bool = True
) -> str:
    title = TITLE.model_copy(update={"unique": unique})
    test = Test(id="t", name="T", flow=Flow.CREATE, variables={"title": title}, steps=steps)
    values = {"title": "Milk abcdef"}
    run = TestRun(test="t", nonce="n", values=values, outcomes=outcomes, duration_ms=1)
    return leftover(test, run)


def did(of: Step, *failures: Failure, post: int = 0) -> StepOutcome:
    sent = (Request(method="POST", url="/add", status=post),) if post else ()
    return StepOutcome(step=of.id, phase=of.phase, failures=failures, requests=sent)


def test_what_was_made_and_not_removed_is_named_with_the_reason() -> None:
    message = left(did(FILL), did(SAVE, post=302), did(DELETE, GONE))
    assert message == (
        '"Milk abcdef" may be left in the application: button "Delete": no visible element matches'
    )


@pytest.mark.parametrize("status", [0, 400, 500])
def test_what_the_application_refused_is_not_left(status: int) -> None:
    assert not left(did(FILL), did(SAVE, GONE, post=status), did(DELETE, GONE))


def test_what_was_removed_is_not_left() -> None:
    assert not left(did(FILL), did(SAVE, GONE, post=302), did(DELETE))


def test_without_cleanup_only_a_failing_test_leaves_something() -> None:
    steps = (FILL, SAVE)
    assert not left(did(FILL), did(SAVE, post=302), steps=steps)
    assert "no steps that remove it" in left(did(FILL), did(SAVE, GONE, post=302), steps=steps)


def test_what_nobody_could_find_again_is_not_named() -> None:
    assert not left(did(FILL), did(SAVE, GONE, post=302), unique=False)


def test_a_deletion_that_fails_says_what_it_left_and_where() -> None:
    body = HttpRequest(method="POST", path="/api/notes", body='{"title": "${title}"}')
    make = Step(id="make", action=Action.REQUEST, request=body)
    delete = Step(id="away", action=Action.REQUEST, request=HttpRequest(method="DELETE", path="/x"))
    test = Test(
        id="t", name="T", flow=Flow.DELETE, variables={"title": TITLE}, steps=(make, delete)
    )
    broken = Failure(kind=FailureKind.SERVER_ERROR, message="answered 500")
    asked = Request(method="DELETE", url="http://127.0.0.1:9/api/notes/5", status=500)
    failed = did(delete, broken).model_copy(update={"requests": (asked,), "url": "about:blank"})
    values = {"title": "Milk abcdef"}
    outcomes = (did(make, post=201), failed)
    run = TestRun(test="t", nonce="n", values=values, outcomes=outcomes, duration_ms=1)
    assert leftover(test, run) == (
        '"Milk abcdef" may be left in the application, last seen at /api/notes/5: '
        "what was to remove it did not"
    )
