"""All benchmarks of quality in one go; see `docs/reference/quality.md`."""

from collections.abc import Awaitable, Callable, Collection
from pathlib import Path

from argus.services.qa.benchmark import (
    bugs,
    crawling,
    overhead,
    portability,
    relocation,
    triage,
)
from argus.services.qa.benchmark.applications import FAMILY
from argus.services.qa.benchmark.applications.web import Application
from argus.services.qa.benchmark.crawling import Exploration
from argus.services.qa.benchmark.figures import Figure, Measures
from argus.services.qa.benchmark.replay import Machine, machine

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
    if {*only} - {"B1", "B2", "B14"}:
        async with machine(seed, browser) as running:
            rows += await _in_browser(running, only, tell)
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


async def _in_browser(running: Machine, only: Collection[str], tell: Tell) -> list[Figure]:
    seed, rows = running.seed, list[Figure]()
    if "B13" in only:
        await tell("B13: steps of Argus and of bare Playwright in turns")
        rows += overhead.figures(await overhead.take_turns(running), seed)
    if "B8" in only:
        await tell("B8: which pages are one screen")
        compared = [await crawling.compare_pages(running, each) for each in FAMILY]
        rows += crawling.duplicate_figures([case for cases in compared for case in cases], seed)
    if "B4" in only:
        await tell("B4: one suite on several TodoMVCs")
        rows += await _portability(running)
    if {"B5", "B6", "B7"} & {*only}:
        explorations: dict[type[Application], Exploration] = {}
        for application in FAMILY:
            await tell(f"B7: a first run on {application.name}")
            explorations[application] = await crawling.explore(running, application)
        rows += crawling.exploration_figures([*explorations.values()], seed)
        suites = {application: each.suite for application, each in explorations.items()}
        if "B5" in only:
            verdicts = [each async for each in bugs.verdicts(running, suites, tell)]
            rows += bugs.figures(verdicts, seed)
        if "B6" in only:
            pairs = [each async for each in triage.pairs(running, suites, tell)]
            rows += triage.figures(pairs, seed)
    return rows


async def _portability(running: Machine) -> list[Figure]:
    try:
        return portability.figures(await portability.compare(running), running.seed)
    except portability.Unavailable as error:
        measures = Measures("B4", running.seed)
        return [measures.unmeasured("steps that found their element", str(error))]


def _without_data(seed: int) -> list[Figure]:
    why = "it needs recorded redesigns (--data FILE)"
    return [
        Measures("B1", seed).unmeasured("most similar is right", why),
        Measures("B2", seed).unmeasured("healed right", why),
    ]
