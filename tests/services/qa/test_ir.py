"""What is no step, or no way to sign in, is refused before it is run."""

import pytest
from pydantic import ValidationError

from argus.services.qa.ir import Action, Login, Step
from argus.services.qa.target import Fingerprint, Target

FORM = Target(description="form", locators=(), fingerprint=Fingerprint(tag="form"))
OPEN = Step(id="login-1", action=Action.GOTO, value="/login")


@pytest.mark.parametrize(
    "action", [Action.GOTO, Action.RELOAD, Action.BACK, Action.LIFT_LIMITS], ids=str
)
def test_what_is_done_to_the_page_has_no_element(action: Action) -> None:
    with pytest.raises(ValidationError, match="it has no target"):
        Step(id="s", action=action, target=FORM)


@pytest.mark.parametrize(
    ("steps", "why"),
    [
        ((), "at least one step"),
        ((OPEN, OPEN.model_copy(update={"as_role": "editor"})), "its steps have no role"),
    ],
)
def test_the_user_signs_in_alone_and_by_something(steps: tuple[Step, ...], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        Login(username="ada", steps=steps)


def test_what_a_step_keeps_is_what_its_element_holds() -> None:
    with pytest.raises(ValueError, match="it needs a target"):
        Step(id="s1", action=Action.PRESS, value="Enter", keep="date")
