"""B5: what a suite that was learnt on a clean build says of builds with one bug each.

The suite is learnt once per application and replayed against the clean build, the redesigned
one, and each bug. A bug is caught when some test ends as a product bug, or discovery's free checks
would fail the run. It is healed away when a test passes only because a locator was healed while
the build differs from the clean one by nothing but the bug: then the heal hid it.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass

from argus.kernel.errors import ArgusError
from argus.services.qa.benchmark.applications.web import Application, Bug, Kind, serving
from argus.services.qa.benchmark.figures import Figure, Measures, Target
from argus.services.qa.benchmark.redesign import Look
from argus.services.qa.benchmark.replay import Machine, Run
from argus.services.qa.ir import Suite
from argus.services.qa.outcome import Category, TestStatus

Tell = Callable[[str], Awaitable[None]]
"""Takes what is being done, for whoever waits."""

_CLEAN_RUNS = 2


@dataclass(frozen=True)
class Verdict:
    """What the tests said of one build."""

    application: str
    bug: Bug | None
    look: Look
    tests: int
    red: tuple[str, ...]
    """Tests that blame the application."""
    healed: tuple[str, ...]


async def judge(
    machine: Machine,
    application: type[Application],
    suite: Suite,
    bug: Bug | None = None,
    look: Look = Look.ORIGINAL,
) -> Verdict:
    """Replay the suite against a build; a run that ends without a result says nothing of it."""
    with serving(application(bug.name if bug else ""), look) as served:
        try:
            run = await machine.run(served.url, application, suite)
        except ArgusError:
            return Verdict(application.name, bug, look, len(suite.tests), (), ())
    return Verdict(application.name, bug, look, len(run.results), _red(run), _healed(run))


async def verdicts(
    machine: Machine, suites: dict[type[Application], Suite], tell: Tell
) -> AsyncGenerator[Verdict]:
    """All builds of all applications, one after the other."""
    for application, suite in suites.items():
        for number in range(_CLEAN_RUNS):
            await tell(f"B5 {application.name}: clean build, run {number + 1}")
            yield await judge(machine, application, suite)
        await tell(f"B5 {application.name}: restyled")
        yield await judge(machine, application, suite, look=Look.RESTYLED)
        for bug in application.bugs:
            await tell(f"B5 {application.name}: {bug.name}")
            yield await judge(machine, application, suite, bug)
            if bug.kind is Kind.ELEMENT_MISSING:
                yield await judge(machine, application, suite, bug, Look.RESTYLED)


def figures(found: list[Verdict], seed: int) -> list[Figure]:
    """The rows of B5."""
    measures = Measures("B5", seed)
    buggy = [each for each in found if each.bug and each.look is Look.ORIGINAL]
    clean = [each for each in found if not each.bug and each.look is Look.ORIGINAL]
    restyled = [each for each in found if not each.bug and each.look is Look.RESTYLED]
    rows = [
        measures.share("bugs caught", _count(buggy), len(buggy), "bugs", Target(at_least=0.70)),
        measures.share(
            "false alarms on the clean build, two runs",
            sum(len(each.red) for each in clean),
            sum(each.tests for each in clean),
            "tests",
            Target(at_most=0.02),
        ),
        measures.share(
            "bugs healed away",
            len(hidden(found)),
            len({(each.application, each.bug) for each in found if each.bug}),
            "bugs",
            Target(at_most=0),
        ),
        measures.share(
            "false alarms on the restyled build",
            sum(len(each.red) for each in restyled),
            sum(each.tests for each in restyled),
            "tests",
            Target(at_most=0.02),
        ),
    ]
    for kind in Kind:
        of_kind = [each for each in buggy if each.bug and each.bug.kind is kind]
        rows.append(measures.share(f"caught: {kind}", _count(of_kind), len(of_kind), "bugs"))
    return rows


def hidden(found: list[Verdict]) -> set[tuple[str, str]]:
    """Application and name of the bugs that were healed away.

    On the original look every heal hides the bug; on the restyled one the heal of a test that the
    same bug fails on the original look does.
    """
    bitten = {
        (each.application, each.bug.name, test)
        for each in found
        if each.bug and each.look is Look.ORIGINAL
        for test in each.red
    }
    return {
        (each.application, each.bug.name)
        for each in found
        if each.bug
        for test in each.healed
        if each.look is Look.ORIGINAL or (each.application, each.bug.name, test) in bitten
    }


def _count(found: list[Verdict]) -> int:
    return sum(bool(each.red) for each in found)


def _red(run: Run) -> tuple[str, ...]:
    results = (judged.result for judged in run.results.values())
    return tuple(sorted(each.name for each in results if each.category is Category.PRODUCT_BUG))


def _healed(run: Run) -> tuple[str, ...]:
    results = (judged.result for judged in run.results.values())
    return tuple(sorted(each.name for each in results if each.status is TestStatus.PASSED_HEALED))
