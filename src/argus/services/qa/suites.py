"""Run a suite: several tests at a time, within a time budget."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from argus.kernel.schema import Value
from argus.services.qa.execution.execute import Bench
from argus.services.qa.ir import Suite
from argus.services.qa.judging import Judged, Tally, judged_skipped, run_and_judge
from argus.services.qa.outcome import TestResult

OnResult = Callable[[TestResult], Awaitable[None]]


class SuiteResult(Value):
    """Results in the suite's order, and the suite with all proven heals in it."""

    results: tuple[TestResult, ...]
    proposal: Suite
    """Equal to the executed suite where nothing was healed."""


async def execute_suite(
    bench: Bench,
    suite: Suite,
    nonce: str,
    *,
    parallelism: int = 2,
    budget_s: float | None = None,
    durations_ms: Mapping[str, int] | None = None,
    on_result: OnResult | None = None,
) -> SuiteResult:
    """Run all tests, the longest first, `parallelism` at a time.

    A test that is not finished within `budget_s` is reported as skipped. `durations_ms` are those
    of earlier runs by test id; among unknown ones the number of steps decides. Cancelling the call
    closes every browser context that it opened.
    """
    known = durations_ms or {}
    waiting = sorted(suite.tests, key=lambda test: (known.get(test.id, 0), len(test.steps)))
    judged: dict[str, Judged] = {}
    tally = Tally()

    async def work() -> None:
        nonlocal tally
        while waiting:
            test = waiting.pop()
            judged[test.id] = one = await run_and_judge(bench, test, f"{nonce}-{test.id}", tally)
            tally = tally.counting(unreachable=one.unreachable)
            if on_result is not None:
                await on_result(one.result)

    try:
        async with asyncio.timeout(budget_s), asyncio.TaskGroup() as workers:
            for _ in range(min(parallelism, len(waiting))):
                workers.create_task(work())
    except TimeoutError:
        for test in suite.tests:
            if test.id not in judged:
                judged[test.id] = judged_skipped(test)
                if on_result is not None:
                    await on_result(judged[test.id].result)
    tests = tuple(judged[test.id].healed or test for test in suite.tests)
    return SuiteResult(
        results=tuple(judged[test.id].result for test in suite.tests),
        proposal=suite.model_copy(update={"tests": tests}),
    )
