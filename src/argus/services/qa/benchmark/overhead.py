"""B13: what a step costs over the same step in bare Playwright.

Both do the same on a seeded application of their own, in a new context: open the form, fill two
fields, choose, save, and wait for the new row. They take turns, and the two times of one turn are
compared, so that a noisy moment falls on both. Bare Playwright waits as its users are told to: for
the element, and for the expected text. Argus finds the element by ranked locators, waits until the
page is at rest, watches requests, script errors and dialogs, and checks that saving changed
something and led where it should.
"""

import statistics
import time
from collections.abc import Awaitable, Callable, Sequence

from playwright.async_api import expect

from argus.services.qa.benchmark.applications.contacts import Contacts
from argus.services.qa.benchmark.applications.web import serving
from argus.services.qa.benchmark.figures import Figure, Measures, Target
from argus.services.qa.benchmark.replay import Machine
from argus.services.qa.browser.elements import target_of
from argus.services.qa.browser.session import new_session
from argus.services.qa.execution.execute import Bench, execute_test
from argus.services.qa.expectation import Mutation, RowCount
from argus.services.qa.ir import Action, Flow, Step, Test, Variable, VariableKind

_ROUNDS = 14
_TIMES = 8
"""A test fills the form so often."""

Turn = tuple[float, float]
"""Milliseconds per step: Argus, bare Playwright."""
Way = Callable[[Bench, Test], Awaitable[None]]
"""Does all steps once."""


async def take_turns(running: Machine) -> list[Turn]:
    """Turns of one test each, after one to warm up. Who begins alternates."""
    with serving(Contacts()) as served:
        test = await _learn(running.bench(served.url, Contacts))
    turns: list[Turn] = []
    for number in range(_ROUNDS + 1):
        times: dict[Way, float] = {}
        for way in (_with_argus, _bare) if number % 2 else (_bare, _with_argus):
            with serving(Contacts()) as served:
                started = time.perf_counter()
                await way(running.bench(served.url, Contacts), test)
                times[way] = (time.perf_counter() - started) / len(test.steps) * 1000
        turns.append((times[_with_argus], times[_bare]))
    return turns[1:]


def figures(turns: Sequence[Turn], seed: int) -> list[Figure]:
    """The rows of B13."""
    measures = Measures("B13", seed)
    what = f"turns of {5 * _TIMES} steps"
    return [
        measures.estimate(
            "time of a step over bare Playwright",
            turns,
            lambda drawn: statistics.median(ours / bare for ours, bare in drawn) - 1,
            what,
            unit="share",
            target=Target(at_most=0.05),
        ),
        measures.estimate(
            "a step of Argus",
            turns,
            lambda drawn: statistics.median(ours for ours, _ in drawn),
            what,
            unit="ms",
        ),
        measures.estimate(
            "a step of bare Playwright",
            turns,
            lambda drawn: statistics.median(bare for _, bare in drawn),
            what,
            unit="ms",
        ),
    ]


async def _learn(bench: Bench) -> Test:
    async with new_session(await bench.browsers.get(), bench.app_url) as session:
        await session.goto("/contacts/new")
        page = session.page
        name = await target_of(page, page.locator("#name"))
        email = await target_of(page, page.locator("#email"))
        city = await target_of(page, page.locator("#city"))
        save = await target_of(page, page.locator("#save"))
    variables: dict[str, Variable] = {}
    steps: list[Step] = []
    for number in range(_TIMES):
        variable = f"name_{number}"
        variables[variable] = Variable(kind=VariableKind.TEXT, unique=True)
        text = f"${{{variable}}}"
        saved = (
            Mutation(method="POST", url_template="/contacts/new", oracle="saving sends it"),
            RowCount(text=text, count=1, oracle="it is listed"),
        )
        steps += [
            Step(id=f"open-{number}", action=Action.GOTO, value="/contacts/new"),
            Step(id=f"name-{number}", action=Action.FILL, target=name, value=text),
            Step(id=f"email-{number}", action=Action.FILL, target=email, value="a@example.org"),
            Step(id=f"city-{number}", action=Action.SELECT, target=city, value="Quito"),
            Step(id=f"save-{number}", action=Action.CLICK, target=save, expect=saved),
        ]
    return Test(
        id="overhead", name="Fill forms", flow=Flow.CREATE, variables=variables, steps=tuple(steps)
    )


async def _with_argus(bench: Bench, test: Test) -> None:
    run = await execute_test(bench, test, "turn")
    assert run.ok, run.failed


async def _bare(bench: Bench, _: Test) -> None:
    context = await (await bench.browsers.get()).new_context()
    page = await context.new_page()
    for number in range(_TIMES):
        text = f"Contact {number}"
        await page.goto(f"{bench.app_url}contacts/new")
        await page.get_by_label("Name").fill(text)
        await page.get_by_label("Email").fill("a@example.org")
        await page.get_by_label("City").select_option("Quito")
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_role("row").filter(has_text=text)).to_have_count(1)
    await context.close()
