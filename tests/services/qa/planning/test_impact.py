"""Which tests come first."""

from argus.services.qa.ir import Action, Flow, Step, Test
from argus.services.qa.leads import Lead, Leads
from argus.services.qa.planning.impact import TestImpact, Upcoming


def opening(path: str, times: int) -> Test:
    steps = tuple(Step(id=f"s{n}", action=Action.GOTO, value=path) for n in range(times))
    return Test(id=path, name=path, flow=Flow.NAVIGATE, steps=steps)


SHORT, LONG, CHANGED = opening("/short", 1), opening("/long", 5), opening("/changed", 2)
LEADS = Leads(leads=(Lead(path="/changed", priority=0, churn=0.5, page=True),))


async def order(**known: object) -> list[str]:
    upcoming = Upcoming.model_validate({"tests": (SHORT, LONG, CHANGED), **known})
    return [test.id for test in await TestImpact().work(upcoming, 1)]


async def test_the_longest_come_first_where_nothing_is_known() -> None:
    assert await order() == ["/long", "/changed", "/short"]


async def test_changed_code_and_past_failures_come_before_the_long() -> None:
    assert await order(leads=LEADS) == ["/changed", "/long", "/short"]
    failed = {"/short": 0.6}
    assert await order(leads=LEADS, past_failures=failed) == ["/short", "/changed", "/long"]
