"""Which failures are induced, and what counts as healing a bug."""

from argus.services.qa.benchmark.applications.contacts import Contacts
from argus.services.qa.benchmark.applications.helpdesk import Helpdesk
from argus.services.qa.benchmark.applications.web import Request, Response, serving
from argus.services.qa.benchmark.triage import cases, figures, once
from argus.services.qa.ir import Action, Flow, Phase, Step, Suite, Test
from argus.services.qa.outcome import Category
from argus.services.qa.target import Fingerprint, Locator, LocatorKind, Target

SAVE = Target(
    description="button",
    locators=(Locator(kind=LocatorKind.CSS, value="#save"),),
    fingerprint=Fingerprint(tag="button", attributes={"id": "save"}),
)
TEST = Test(
    id="t",
    name="Create",
    flow=Flow.CREATE,
    steps=(
        Step(id="s1", action=Action.GOTO, value="/", phase=Phase.SETUP),
        Step(id="s2", action=Action.CLICK, target=SAVE),
        Step(id="s3", action=Action.CLICK, target=SAVE, phase=Phase.CLEANUP),
    ),
)
SUITE = Suite(app_url="http://h/", seed=1, tests=(TEST,))


def test_each_category_has_cases_in_an_order_that_the_seed_decides() -> None:
    suites = {Contacts: SUITE, Helpdesk: SUITE}

    def drawn(seed: int) -> dict[str, list[tuple[str, str, str]]]:
        return {
            category: [(case.application.name, case.bug, case.look) for case in found]
            for category, found in cases(suites, seed).items()
        }

    assert {*drawn(1)} == {*Category}
    assert all(drawn(1).values())
    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


def test_a_session_is_lost_only_where_somebody_signs_in() -> None:
    assert len(cases({Helpdesk: SUITE}, 1)[Category.DATA]) == 4
    assert len(cases({Contacts: SUITE}, 1)[Category.DATA]) == 3


def test_locators_age_one_step_at_a_time_and_never_in_cleanup() -> None:
    (aged,) = [case.test for case in cases({Contacts: SUITE}, 1)[Category.UI_DRIFT]]
    changed = [step.id for step, old in zip(aged.steps, TEST.steps, strict=True) if step != old]
    assert changed == ["s2"]


def test_a_bug_breaks_tests_of_its_flow_only() -> None:
    bugs = {case.bug for case in cases({Contacts: SUITE}, 1)[Category.PRODUCT_BUG]}
    assert bugs == {bug.name for bug in Contacts.bugs if bug.flow is Flow.CREATE}


def test_what_happens_once_happens_to_the_first_request() -> None:
    disturb = once(lambda _: Response("", 500))
    first, second = (disturb(Request("GET", "/")) for _ in range(2))
    assert first is not None
    assert first.status == 500
    assert second is None


def test_a_stale_answer_is_the_one_that_was_given_before_the_change() -> None:
    application = Contacts()
    with serving(application) as served:
        stale = next(
            case.disturb
            for case in cases({Contacts: SUITE}, 1)[Category.FLAKE]
            if case.disturb is not None and "stale" in case.disturb.__name__
        )
        application.disturb = stale(served)
        before = application.handle(Request("GET", "/contacts"))
        application.handle(Request("POST", "/contacts/new", form={"name": "Zoe"}))
        assert application.handle(Request("GET", "/contacts")) == before
        assert "Zoe" in str(application.handle(Request("GET", "/contacts")).body)


def test_a_bug_that_is_taken_for_a_changed_locator_counts_against_healing() -> None:
    found = [("product_bug", "locator_break"), ("product_bug", "flake"), ("flake", "flake")]
    rows = {figure.metric: figure for figure in figures(found, seed=1)}
    assert rows["bugs taken for a change to heal"].value == 0.5
    assert rows["recognised: flake"].value == 1
    assert rows["recognised: product_bug"].value == 0
