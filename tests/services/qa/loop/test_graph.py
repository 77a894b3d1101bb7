"""Whole runs of a suite: what is skipped, what ends a run, and what is left for the tests."""

import pytest
from pydantic import SecretStr

from argus.services.qa.browser.errors import ApplicationUnreachable
from argus.services.qa.discovery.errors import LoginFailed
from argus.services.qa.discovery.site import Credentials
from argus.services.qa.execution.execute import Bench
from argus.services.qa.ir import Action, Login, Phase, Step, Test
from argus.services.qa.outcome import Category, TestStatus
from argus.services.qa.target import Fingerprint, Locator, LocatorKind, Target

LOGIN = Login(
    username="ada",
    steps=(Step(id="login-1", action=Action.GOTO, value="/login", phase=Phase.SETUP),),
)
ADA = Credentials(username="ada", password=SecretStr("secret"))


async def test_what_the_budget_cuts_off_is_reported_as_skipped(replay, create_note: Test) -> None:
    results = await replay(create_note, budget_s=0.3)
    assert results["create-note"].result.status is TestStatus.SKIPPED


async def test_each_test_of_a_suite_has_its_own_result(replay, create_note: Test, notes) -> None:
    notes.saves = False
    other = create_note.model_copy(update={"id": "other", "steps": create_note.steps[:1]})
    results = await replay(create_note, other)
    assert results["create-note"].result.category is Category.PRODUCT_BUG
    assert results["other"].result.status is TestStatus.PASSED


async def test_a_test_of_a_role_that_nobody_gave_is_skipped_and_says_so(
    replay, create_note: Test
) -> None:
    *first, last = create_note.steps
    steps = (*first, last.model_copy(update={"as_role": "guest"}))
    foreign = create_note.model_copy(update={"steps": steps})
    result = (await replay(foreign))[foreign.id].result
    assert (result.status, result.steps) == (TestStatus.SKIPPED, 0)
    assert "nobody is signed in as guest" in result.evidence[0].message


async def test_an_application_that_is_not_there_ends_the_run(
    bench: Bench, replay, create_note: Test
) -> None:
    bench.app_url = "http://127.0.0.1:9"
    with pytest.raises(ApplicationUnreachable):
        await replay(create_note)


@pytest.mark.parametrize(
    ("credentials", "said"),
    [
        (None, "signs in as ada: give its password"),
        (ADA.model_copy(update={"username": "bob"}), "signs in as ada, not bob"),
        (ADA, "asks for the password again"),
    ],
)
async def test_a_suite_that_cannot_sign_in_ends_the_run(
    replay, create_note: Test, notes, credentials: Credentials | None, said: str
) -> None:
    notes.pages["/login"] = 200, "<form><input name=user><input type=password name=pass></form>"
    with pytest.raises(LoginFailed, match=said):
        await replay(create_note, login=LOGIN, credentials=credentials)


async def test_a_sign_in_whose_button_has_another_name_is_learnt_anew(
    replay, create_note: Test, notes, bench: Bench
) -> None:
    def button(name: str) -> Target:
        locator = Locator(kind=LocatorKind.ROLE, role="button", value=name)
        known = Fingerprint(tag="button", role="button", name=name)
        return Target(description=name, locators=(locator,), fingerprint=known)

    notes.pages["/login"] = (
        200,
        "<form action=/><input name=user><input type=password name=pass><button>Log in</button>",
    )
    press = Step(id="login-2", action=Action.CLICK, target=button("Sign in"), phase=Phase.SETUP)
    bench.timeout_s, bench.variables = 0.5, {"env.user": "ada"}
    login = LOGIN.model_copy(update={"username": "${env.user}", "steps": (*LOGIN.steps, press)})
    results = await replay(create_note, login=login, credentials=ADA)
    assert results["create-note"].result.status is TestStatus.PASSED
    assert bench.login is not None
    assert bench.login.username == "ada"
    assert bench.login.steps[-1].target is not None
    assert bench.login.steps[-1].target.fingerprint.name == "Log in"


async def test_a_broken_login_page_is_left_for_the_tests_to_find(
    replay, create_note: Test, notes
) -> None:
    broken = 500, "<h1>Internal Server Error</h1>"
    notes.pages |= {"/login": broken, "/add": broken}
    results = await replay(create_note, login=LOGIN, credentials=ADA)
    assert results["create-note"].result.category is Category.PRODUCT_BUG
