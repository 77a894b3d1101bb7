"""All benchmarks of quality in one go; see `docs/reference/quality.md`."""

from collections.abc import Awaitable, Callable, Collection
from pathlib import Path

from argus.services.qa.benchmark import bugs, relocation, triage
from argus.services.qa.benchmark.applications import FAMILY
from argus.services.qa.benchmark.applications.web import Application
from argus.services.qa.benchmark.figures import Figure, Measures
from argus.services.qa.benchmark.replay import Machine, machine
from argus.services.qa.ir import Suite

BENCHMARKS = ("B1", "B2", "B4", "B5", "B6", "B7", "B8", "B13", "B14")

Tell = Callable[[str], Awaitable[None]]
"""Takes what is being done, for whoever waits."""


async def measure(
    only: Collection[str], seed: int, data: Path | None, browser: Path | None, tell: Tell
) -> list[Figure]:
    """The figures of the benchmarks in `only`, in the order of `BENCHMARKS`.

    B1 and B2 are measured on `data`, recorded redesigns; without it they are not measured.

    Raises:
        BenchmarkDataInvalid: `data` is not of the form that it should have.
        BrowserNotFound: there is none.
    """
    rows: list[Figure] = []
    if {"B1", "B2"} & {*only}:
        await tell("B1, B2: re-location on recorded redesigns")
        rows += relocation.figures(data, seed) if data else _without_data(seed)
    if {"B5", "B6"} & {*only}:
        async with machine(seed, browser) as running:
            rows += await _on_suites(running, only, tell)
    if "B14" in only:
        rows.append(
            Measures("B14", seed).unmeasured(
                "API faults found, over schemathesis alone", "there is no benchmark for it yet"
            )
        )
    return sorted(
        (row for row in rows if row.benchmark in only),
        key=lambda row: BENCHMARKS.index(row.benchmark),
    )


async def _on_suites(running: Machine, only: Collection[str], tell: Tell) -> list[Figure]:
    suites: dict[type[Application], Suite] = {}
    for application in FAMILY:
        await tell(f"learning a suite for {application.name}")
        suites[application] = await bugs.learn(running, application)
    rows: list[Figure] = []
    if "B5" in only:
        verdicts = [each async for each in bugs.verdicts(running, suites, tell)]
        rows += bugs.figures(verdicts, running.seed)
    if "B6" in only:
        pairs = [each async for each in triage.pairs(running, suites, tell)]
        rows += triage.figures(pairs, running.seed)
    return rows


def _without_data(seed: int) -> list[Figure]:
    why = "it needs recorded redesigns (--data FILE)"
    return [
        Measures("B1", seed).unmeasured("most similar is right", why),
        Measures("B2", seed).unmeasured("healed right", why),
    ]
