"""One recorded case, or more, for each rule."""

import pytest

from argus.services.qa.browser.locate import Found, Resolution
from argus.services.qa.execution.record import Failure, FailureKind, Request, StepOutcome, TestRun
from argus.services.qa.expectation import (
    SAME_HEADING,
    ElementPresent,
    FieldValue,
    TextPresent,
)
from argus.services.qa.ir import Action, Flow, Phase, Step, Test
from argus.services.qa.outcome import Category
from argus.services.qa.target import Fingerprint, Target
from argus.services.qa.triage.classify import Context, classify, is_unreachable

FIELD = Target(description="textbox", locators=(), fingerprint=Fingerprint(tag="input"))
TEST = Test(
    id="t",
    name="t",
    flow=Flow.CREATE,
    steps=(
        Step(
            id="s0", action=Action.GOTO, value="/add", phase=Phase.SETUP,
            post_url="/add", post_state="form",
        ),
        Step(
            id="s1", action=Action.CLICK, target=FIELD, post_url="/", post_state="list",
            expect=(
                TextPresent(text="x", oracle="o"),
                FieldValue(target=FIELD, value="v", oracle="o"),
                ElementPresent(target=FIELD, oracle="o"),
            ),
        ),
    ),
)  # fmt: skip


def run(
    kind: FailureKind,
    *,
    step: str = "s1",
    at: int = -1,
    url: str = "/add",
    state: str = "form",
    rows: int = 1,
    script_errors: tuple[str, ...] = (),
    requests: tuple[Request, ...] = (),
) -> TestRun:
    outcome = StepOutcome(
        step=step,
        phase=next(each.phase for each in TEST.steps if each.id == step),
        failures=(Failure(kind=kind, message="it failed", expectation=at),),
        resolution=Resolution(found=Found.NONE, row_count=rows),
        url=f"http://app{url}",
        url_template=url,
        state=state,
        script_errors=script_errors,
        requests=requests,
    )
    return TestRun(test="t", nonce="n", values={}, outcomes=(outcome,), duration_ms=1)


def lost(failure: str, url: str = "http://app/add", *, essential: bool = True) -> Request:
    return Request(method="POST", url=url, status=0, failure=failure, essential=essential)


PROXY = Request(method="GET", url="http://app/add", status=503, document=True)
PASSED = TestRun(test="t", nonce="again", values={}, outcomes=(), duration_ms=1)
UNRESOLVED = FailureKind.UNRESOLVED

CASES = [
    (
        "the database is silent, though nothing else holds",
        run(FailureKind.DATABASE, at=0), Context(rerun=run(FailureKind.EXPECTATION)),
        Category.ENVIRONMENT,
    ),
    (
        "a role or a table is missing",
        run(FailureKind.MISSING), Context(), Category.DATA,
    ),
    ("the browser died", run(FailureKind.BROWSER), Context(), Category.ENVIRONMENT),
    (
        "it died, and the rerun passed",
        run(FailureKind.BROWSER), Context(rerun=PASSED), Category.ENVIRONMENT,
    ),
    (
        "nothing answers, for any test",
        run(FailureKind.CONNECTION), Context(executed=4, unreachable=3), Category.ENVIRONMENT,
    ),
    (
        "the application asks to sign in",
        run(UNRESOLVED, url="/login"), Context(login_url="/login?next=/"), Category.DATA,
    ),
    (
        "setup made nothing",
        run(FailureKind.EXPECTATION, step="s0"), Context(), Category.DATA,
    ),
    (
        "setup was answered by 5xx",
        run(FailureKind.SERVER_ERROR, step="s0"), Context(), Category.PRODUCT_BUG,
    ),
    (
        "the rerun passed",
        run(FailureKind.EXPECTATION), Context(rerun=PASSED), Category.FLAKE,
    ),
    (
        "the rerun failed as well",
        run(FailureKind.EXPECTATION, at=0), Context(rerun=run(FailureKind.EXPECTATION)),
        Category.PRODUCT_BUG,
    ),
    ("lost on the known page", run(UNRESOLVED), Context(), Category.LOCATOR_BREAK),
    ("lost in setup", run(UNRESOLVED, step="s0"), Context(), Category.LOCATOR_BREAK),
    (
        "an asserted field is lost",
        run(UNRESOLVED, at=1, url="/", state="list"), Context(), Category.LOCATOR_BREAK,
    ),
    ("lost, page built anew", run(UNRESOLVED, state="wizard"), Context(), Category.UI_DRIFT),
    ("lost on another page", run(UNRESOLVED, url="/oops"), Context(), Category.PRODUCT_BUG),
    ("the row is missing", run(UNRESOLVED, rows=0), Context(), Category.PRODUCT_BUG),
    (
        "the asserted element is absent",
        run(UNRESOLVED, at=2, url="/", state="list"), Context(), Category.LOCATOR_BREAK,
    ),
    ("assertion failed", run(FailureKind.EXPECTATION, at=0), Context(), Category.PRODUCT_BUG),
    ("answered by 5xx", run(FailureKind.SERVER_ERROR), Context(), Category.PRODUCT_BUG),
    (
        "there is no network",
        run(FailureKind.EXPECTATION, requests=(lost("net::ERR_INTERNET_DISCONNECTED"),)),
        Context(rerun=run(FailureKind.EXPECTATION)), Category.ENVIRONMENT,
    ),
    (
        "the connection broke off, nothing else is known",
        run(FailureKind.EXPECTATION, requests=(lost("net::ERR_CONNECTION_RESET"),)),
        Context(), Category.ENVIRONMENT,
    ),
    (
        "it broke off, and held in the rerun",
        run(FailureKind.EXPECTATION, requests=(lost("net::ERR_CONNECTION_RESET"),)),
        Context(rerun=PASSED), Category.ENVIRONMENT,
    ),
    (
        "it broke off, and nothing answers the rerun",
        run(FailureKind.EXPECTATION, requests=(lost("net::ERR_CONNECTION_RESET"),)),
        Context(rerun=run(FailureKind.CONNECTION, step="s0")), Category.ENVIRONMENT,
    ),
    (
        "it breaks off at this request each time",
        run(FailureKind.EXPECTATION, requests=(lost("net::ERR_CONNECTION_RESET"),)),
        Context(rerun=run(FailureKind.EXPECTATION)), Category.PRODUCT_BUG,
    ),
    (
        "an answer that nobody waited for",
        run(FailureKind.EXPECTATION, requests=(lost("net::ERR_ABORTED"),)),
        Context(), Category.PRODUCT_BUG,
    ),
    (
        "what others serve to the page is not there",
        run(FailureKind.EXPECTATION, requests=(lost("net::ERR_NAME_NOT_RESOLVED", "http://cdn/"),)),
        Context(app_url="http://app/"), Category.PRODUCT_BUG,
    ),
    (
        "an image of its own is not there",
        run(
            FailureKind.EXPECTATION,
            requests=(lost("net::ERR_CONNECTION_RESET", essential=False),),
        ),
        Context(), Category.PRODUCT_BUG,
    ),
    (
        "a proxy answers for the application, most of the time",
        run(FailureKind.SERVER_ERROR, requests=(PROXY,)),
        Context(executed=4, unreachable=3), Category.ENVIRONMENT,
    ),
    (
        "a proxy answers for this page alone",
        run(FailureKind.SERVER_ERROR, requests=(PROXY,)),
        Context(executed=4, unreachable=1), Category.PRODUCT_BUG,
    ),
    (
        "a proxy answers for this page, and few pages were asked for",
        run(FailureKind.SERVER_ERROR, requests=(PROXY,)),
        Context(executed=1, unreachable=1), Category.PRODUCT_BUG,
    ),
    ("a dead button", run(FailureKind.NOT_ACTIONABLE), Context(), Category.PRODUCT_BUG),
    ("the page hangs", run(FailureKind.PAGE), Context(), Category.PRODUCT_BUG),
]  # fmt: skip


@pytest.mark.parametrize(
    ("failing", "context", "category"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
def test_category_of(failing: TestRun, context: Context, category: Category) -> None:
    verdict = classify(TEST, failing, context)
    assert verdict.category is category
    assert 0.5 < verdict.probability < 1
    assert verdict.reasons
    assert verdict.healable is (category in {Category.LOCATOR_BREAK, Category.UI_DRIFT})


def test_only_what_a_second_execution_may_change_asks_for_one() -> None:
    reset = run(FailureKind.EXPECTATION, requests=(lost("net::ERR_CONNECTION_RESET"),))
    asking = [reset, run(FailureKind.EXPECTATION, at=0), run(FailureKind.EXPECTATION, step="s0")]
    settled = [run(FailureKind.BROWSER), run(FailureKind.CONNECTION), run(UNRESOLVED)]
    assert [classify(TEST, each, Context()).tentative for each in asking] == [True] * 3
    assert [classify(TEST, each, Context()).tentative for each in settled] == [False] * 3


def test_a_run_that_reached_one_page_of_the_application_reached_it() -> None:
    page = PROXY.model_copy(update={"status": 200})
    assert is_unreachable(run(FailureKind.SERVER_ERROR, requests=(PROXY, PROXY)))
    assert not is_unreachable(run(FailureKind.SERVER_ERROR, requests=(PROXY, page)))
    assert not is_unreachable(run(FailureKind.EXPECTATION))


def test_a_lost_element_beside_a_failed_assertion_is_not_healable() -> None:
    failing = run(UNRESOLVED)
    both = (*failing.outcomes[0].failures, Failure(kind=FailureKind.EXPECTATION, message="no"))
    outcome = failing.outcomes[0].model_copy(update={"failures": both})
    verdict = classify(TEST, failing.model_copy(update={"outcomes": (outcome,)}), Context())
    assert verdict.category is Category.PRODUCT_BUG


def test_script_errors_and_failed_requests_are_among_the_reasons() -> None:
    failing = run(
        FailureKind.EXPECTATION,
        script_errors=("x is undefined",),
        requests=(Request(method="GET", url="/api", status=503),),
    )
    verdict = classify(TEST, failing, Context())
    assert "script error: x is undefined" in verdict.reasons
    assert "GET /api answered 503" in verdict.reasons
    assert verdict.probability == 0.95


def test_failing_cleanup_is_no_failure_of_the_test() -> None:
    outcome = run(UNRESOLVED).outcomes[0].model_copy(update={"phase": Phase.CLEANUP})
    assert TestRun(test="t", nonce="n", values={}, outcomes=(outcome,), duration_ms=1).ok


def heading_test(*seen: str) -> tuple[Test, TestRun]:
    expect = tuple(TextPresent(text="Leads", oracle=SAME_HEADING) for _ in seen)
    step = Step(id="open-1", action=Action.GOTO, value="/leads", expect=expect)
    test = Test(id="t", name="t", flow=Flow.NAVIGATE, steps=(step,))
    failures = tuple(
        Failure(
            kind=FailureKind.EXPECTATION, message="it is not there", expectation=at, heading=now
        )
        for at, now in enumerate(seen)
    )
    outcome = StepOutcome(step="open-1", phase=Phase.ACT, failures=failures)
    return test, TestRun(test="t", nonce="n", values={}, outcomes=(outcome,), duration_ms=1)


def test_a_heading_in_another_inflection_is_asked_about_and_never_healed() -> None:
    verdict = classify(*heading_test("Lead"), Context())
    assert (verdict.category, verdict.healable) == (Category.UI_DRIFT, False)
    assert verdict.tentative
    assert 'the heading is "Lead", not "Leads"' in verdict.reasons[0]


def test_another_heading_or_none_or_more_that_is_wrong_is_a_bug() -> None:
    for seen in (("Archive",), ("",), ("All leads",), ("Lead", "Archive")):
        assert classify(*heading_test(*seen), Context()).category is Category.PRODUCT_BUG


def test_a_heading_is_not_asked_about_where_the_page_is_broken_as_well() -> None:
    test, failing = heading_test("Lead")
    for broken in (
        {"script_errors": ("x is undefined",)},
        {"requests": (Request(method="GET", url="/api/leads", status=403),)},
    ):
        outcome = failing.outcomes[0].model_copy(update=broken)
        again = failing.model_copy(update={"outcomes": (outcome,)})
        assert classify(test, again, Context()).category is Category.PRODUCT_BUG
