"""All benchmarks of quality in one go; see `docs/reference/quality.md`."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Collection
from pathlib import Path
from tempfile import TemporaryDirectory

from argus.services.qa.benchmark import (
    api_faults,
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
) -> AsyncGenerator[list[Figure]]:
    """The figures of the benchmarks in `only`, as they come.

    B1 and B2 are measured on `data`, recorded redesigns; without it they are not measured.

    Raises:
        BenchmarkDataInvalid: `data` is not of the form that it should have.
        BrowserNotFound: there is none.
    """
    if {"B1", "B2"} & {*only}:
        await tell("B1, B2: re-location on recorded redesigns")
        rows = relocation.figures(data, seed) if data else _without_data(seed)
        yield [row for row in rows if row.benchmark in only]
    if "B14" in only:
        await tell("B14: faults of an API, and what Schemathesis alone finds")
        with TemporaryDirectory(prefix="argus-bench-") as folder:
            yield api_faults.figures(await api_faults.compare(seed, Path(folder)), seed)
    if {*only} - {"B1", "B2", "B14"}:
        async with machine(seed, browser) as running:
            async for rows in _in_browser(running, only, tell):
                yield rows


async def _in_browser(
    running: Machine, only: Collection[str], tell: Tell
) -> AsyncGenerator[list[Figure]]:
    seed = running.seed
    if "B13" in only:
        await tell("B13: steps of Argus and of bare Playwright in turns")
        yield overhead.figures(await overhead.take_turns(running), seed)
    if "B8" in only:
        await tell("B8: which pages are one screen")
        compared = [await crawling.compare_pages(running, each) for each in FAMILY]
        yield crawling.duplicate_figures([case for cases in compared for case in cases], seed)
    if "B4" in only:
        await tell("B4: one suite on several TodoMVCs")
        yield await _portability(running)
    if not {"B5", "B6", "B7"} & {*only}:
        return
    explorations: dict[type[Application], Exploration] = {}
    for application in FAMILY:
        await tell(f"B7: a first run on {application.name}")
        explorations[application] = await crawling.explore(running, application)
    suites = {application: each.suite for application, each in explorations.items()}
    if "B7" in only:
        yield crawling.exploration_figures([*explorations.values()], seed)
    if "B5" in only:
        verdicts = [each async for each in bugs.verdicts(running, suites, tell)]
        yield bugs.figures(verdicts, seed)
    if "B6" in only:
        pairs = [each async for each in triage.pairs(running, suites, tell)]
        yield triage.figures(pairs, seed)


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
