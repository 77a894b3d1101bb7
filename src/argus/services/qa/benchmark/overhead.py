"""B13: what a step costs over the same step in bare Playwright.

Both do the same on one seeded application, in a new context each: open the form, fill two fields,
choose, save, and wait for the new row. They take turns, so that a noisy moment falls on both. Bare
Playwright waits as its users are told to: for the element, and for the expected text. Argus finds
the element by ranked locators, waits until the page is at rest, watches requests, script errors and
dialogs, and checks that saving changed something and led where it should.
"""

import statistics
import time
from collections.abc import Sequence

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

STEPS = 200
_ROUNDS = 5
_TIMES = 8
"""A test fills the form so often."""

Turn = tuple[float, float]
"""Milliseconds per step: Argus, bare Playwright."""


async def take_turns(running: Machine) -> list[Turn]:
    """At least `STEPS` steps of each, after one round to warm up."""
    turns: list[Turn] = []
    with serving(Contacts()) as served:
        bench = running.bench(served.url, Contacts)
        test = await _learn(bench)
        for number in range(_ROUNDS + 1):
            started = time.perf_counter()
            run = await execute_test(bench, test, f"turn-{number}")
            ours = time.perf_counter() - started
            assert run.ok, run.failed
            started = time.perf_counter()
            await _bare(bench, number)
            bare = time.perf_counter() - started
            turns.append((ours / len(test.steps) * 1000, bare / len(test.steps) * 1000))
    return turns[1:]


def figures(turns: Sequence[Turn], seed: int) -> list[Figure]:
    """The rows of B13."""
    measures = Measures("B13", seed)
    what = f"turns of {5 * _TIMES} steps"
    return [
        measures.estimate(
            "time of a step over bare Playwright",
            turns,
            lambda drawn: (
                statistics.median(ours for ours, _ in drawn)
                / statistics.median(bare for _, bare in drawn)
                - 1
            ),
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


async def _bare(bench: Bench, turn: int) -> None:
    context = await (await bench.browsers.get()).new_context()
    page = await context.new_page()
    for number in range(_TIMES):
        text = f"Contact {turn} {number}"
        await page.goto(f"{bench.app_url}contacts/new")
        await page.get_by_label("Name").fill(text)
        await page.get_by_label("Email").fill("a@example.org")
        await page.get_by_label("City").select_option("Quito")
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_role("row").filter(has_text=text)).to_have_count(1)
    await context.close()
