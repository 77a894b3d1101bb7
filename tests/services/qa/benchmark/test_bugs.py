"""What counts as caught, as a false alarm and as healed away; and a slice of B5 in a browser."""

from pathlib import Path

import pytest

from argus.services.qa.benchmark.applications.contacts import Contacts
from argus.services.qa.benchmark.applications.web import Bug, Kind, serving
from argus.services.qa.benchmark.bugs import Verdict, figures, hidden, judge
from argus.services.qa.benchmark.redesign import Look
from argus.services.qa.benchmark.replay import Machine
from argus.services.qa.browser.elements import target_of
from argus.services.qa.browser.session import new_session
from argus.services.qa.execution.browsers import Browsers
from argus.services.qa.expectation import RowCount
from argus.services.qa.ir import Action, Flow, Step, Suite, Test, Variable, VariableKind

IGNORED = Bug("create_ignored", Kind.NO_EFFECT, Flow.CREATE)
MISSING = Bug("save_missing", Kind.ELEMENT_MISSING, Flow.CREATE)


def verdict(
    bug: Bug | None, look: Look = Look.ORIGINAL, *, red: str = "", healed: str = ""
) -> Verdict:
    return Verdict("contacts", bug, look, 10, tuple(red.split()), tuple(healed.split()))


def test_a_bug_is_caught_by_a_red_test_and_a_red_test_without_one_is_a_false_alarm() -> None:
    found = [
        *(verdict(None), verdict(None, red="create")),
        *(verdict(IGNORED, red="create"), verdict(MISSING)),
    ]
    rows = {figure.metric: figure for figure in figures(found, seed=1)}
    assert rows["bugs caught"].value == 0.5
    assert rows["caught: no effect"].value == 1
    assert rows["false alarms on the clean build, two runs"].value == 1 / 20
    assert rows["bugs healed away"].value == 0


def test_any_heal_on_a_page_that_was_not_redesigned_hides_the_bug() -> None:
    assert hidden([verdict(None, healed="create")]) == set()
    assert hidden([verdict(MISSING, healed="create")]) == {("contacts", "save_missing")}


def test_on_a_redesigned_page_a_heal_hides_the_bug_that_fails_the_same_test_without_it() -> None:
    bitten = verdict(MISSING, red="create")
    assert hidden([bitten, verdict(MISSING, Look.RESTYLED, healed="read")]) == set()
    assert hidden([bitten, verdict(MISSING, Look.RESTYLED, healed="create")]) == {
        ("contacts", "save_missing")
    }


@pytest.fixture
def machine(browsers: Browsers, tmp_path: Path) -> Machine:
    return Machine(browsers, seed=1, folder=tmp_path)


async def create_a_contact(machine: Machine) -> Suite:
    """One test, recorded on the clean build."""
    with serving(Contacts()) as served:
        async with new_session(await machine.browsers.get(), served.url) as session:
            await session.goto("/contacts/new")
            name = await target_of(session.page, session.page.locator("#name"))
            save = await target_of(session.page, session.page.locator("#save"))
        listed = RowCount(text="${name}", count=1, oracle="a created contact is listed")
        at = "/contacts/new"
        steps = (
            Step(id="s1", action=Action.GOTO, value=at, post_url=at),
            Step(id="s2", action=Action.FILL, target=name, value="${name}", post_url=at),
            Step(id="s3", action=Action.CLICK, target=save, expect=(listed,), post_url="/contacts"),
        )
        variables = {"name": Variable(kind=VariableKind.TEXT, unique=True)}
        test = Test(id="t", name="create", flow=Flow.CREATE, variables=variables, steps=steps)
        return Suite(app_url=served.url, seed=1, tests=(test,))


async def test_bugs_are_caught_and_a_redesign_is_healed_on_a_real_application(
    machine: Machine,
) -> None:
    suite = await create_a_contact(machine)
    builds = [(None, Look.ORIGINAL), (None, Look.RESTYLED), (MISSING, Look.RESTYLED)]
    found = [await judge(machine, Contacts, suite, bug, look) for bug, look in builds]
    assert [(each.red, each.healed) for each in found] == [
        ((), ()),
        ((), ("create",)),
        (("create",), ()),
    ]
