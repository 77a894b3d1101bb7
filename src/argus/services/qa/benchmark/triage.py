"""B6: failures of a known cause, and the category that triage gives them.

Each case runs one test of a learnt suite, and from the moment it starts one thing is wrong. What
did not make the test fail is no case. `environment`: nothing answers any more, answers break off,
or the browser ends. `data`: the session does not hold, or the test's own record is refused.
`flake`: one answer, once, is an error, blank, or older than it should be. `locator_break`: ids,
classes and nesting are others, or a step's locators find nothing. `ui_drift`: the same where every
page has another form as well. `product_bug`: one of the applications' bugs.
"""

import asyncio
import random
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field

from argus.kernel.errors import ArgusError
from argus.services.qa.benchmark.applications.web import (
    Application,
    Disconnect,
    Request,
    Response,
    Served,
    redirect,
    serving,
)
from argus.services.qa.benchmark.figures import Figure, Measures, Pair, Target, macro_f1
from argus.services.qa.benchmark.redesign import Look
from argus.services.qa.benchmark.replay import PARALLEL_TESTS, Machine, machine
from argus.services.qa.ir import Phase, Suite, Test
from argus.services.qa.outcome import Category
from argus.services.qa.target import Locator, LocatorKind

CASES = 30
"""Of each category, where the suites are large enough."""

_HEALED = {Category.LOCATOR_BREAK, Category.UI_DRIFT}
_STALE = Locator(kind=LocatorKind.CSS, value='[id="before-the-redesign"]')

Disturbance = Callable[[Request], Response | None]


@dataclass(frozen=True)
class Case:
    """One test, and what is wrong with its world."""

    category: Category
    application: type[Application]
    suite: Suite
    test: Test
    bug: str = ""
    look: Look = Look.ORIGINAL
    disturb: Callable[[Served], Disturbance] | None = None
    """Makes what happens to the requests of the test."""
    ends_browser: bool = False


def cases(suites: Mapping[type[Application], Suite], seed: int) -> dict[Category, list[Case]]:
    """All cases there are, of each category, in an order that the seed decides."""
    found: dict[Category, list[Case]] = {category: [] for category in Category}
    for application, suite in suites.items():
        for test in suite.tests:
            for case in _of(application, suite, test):
                found[case.category].append(case)
    generator = random.Random(seed)
    for each in found.values():
        generator.shuffle(each)
    return found


async def pairs(
    running: Machine,
    suites: Mapping[type[Application], Suite],
    tell: Callable[[str], Awaitable[None]],
    *,
    most: int = CASES,
) -> AsyncGenerator[Pair]:
    """True and given category of up to `most` failures of each category."""
    for category, candidates in cases(suites, running.seed).items():
        counted = 0
        todo = iter(candidates)
        while counted < most and (batch := _next(todo, min(PARALLEL_TESTS, most - counted))):
            await tell(f"B6 {category}: {counted} of {most}")
            async with asyncio.TaskGroup() as group:
                jobs = [group.create_task(_category(running, case)) for case in batch]
            for given in (job.result() for job in jobs):
                if given is not None:
                    counted += 1
                    yield category, given


def figures(found: list[Pair], seed: int) -> list[Figure]:
    """The rows of B6."""
    measures = Measures("B6", seed)
    bugs = [given for true, given in found if true == Category.PRODUCT_BUG]
    rows = [
        measures.estimate(
            "macro F1 of six categories",
            found,
            macro_f1,
            "induced failures",
            unit="score",
            target=Target(at_least=0.90),
        ),
        measures.share(
            "bugs taken for a change to heal",
            sum(given in _HEALED for given in bugs),
            len(bugs),
            "bugs",
            Target(at_most=0.01),
        ),
    ]
    for category in Category:
        given = [each for true, each in found if true == category]
        what = f"induced failures: {category}"
        rows.append(
            measures.share(f"recognised: {category}", given.count(category), len(given), what)
        )
    return rows


def _next(candidates: Iterable[Case], number: int) -> list[Case]:
    """The next few cases."""
    return [case for case, _ in zip(candidates, range(number), strict=False)]


async def _category(running: Machine, case: Case) -> str | None:
    """What triage says; None where the test did not fail, or the run said nothing."""
    if case.ends_browser:
        async with machine(running.seed) as own:
            return await _judge(own, case)
    return await _judge(running, case)


async def _judge(running: Machine, case: Case) -> str | None:
    loop = asyncio.get_running_loop()
    endings: list[asyncio.Task[None]] = []
    application = case.application(case.bug)
    with serving(application, case.look) as served:

        def begin(event: str) -> None:
            if event != "test_started":
                return
            if case.disturb is not None:
                application.disturb = case.disturb(served)
            if case.ends_browser:
                application.disturb = once(lambda _: loop.call_soon_threadsafe(end) and None)

        def end() -> None:
            endings.append(loop.create_task(_end_browser(running)))

        try:
            run = await running.run(
                served.url, case.application, case.suite, only=[case.test], on_event=begin
            )
        except ArgusError:
            return None
    await asyncio.gather(*endings)
    (judged,) = run.results.values()
    return judged.result.category


async def _end_browser(running: Machine) -> None:
    await (await running.browsers.get()).close()


def _of(application: type[Application], suite: Suite, test: Test) -> Iterable[Case]:
    def case(category: Category, **wrong: object) -> Case:
        return Case(category, application, suite, **{"test": test, **wrong})  # pyright: ignore[reportArgumentType]

    yield case(Category.ENVIRONMENT, disturb=_nobody_answers)
    yield case(Category.ENVIRONMENT, disturb=_answers_break_off)
    yield case(Category.ENVIRONMENT, ends_browser=True)
    if application.users:
        yield case(Category.DATA, disturb=_session_does_not_hold)
    if any(step.phase is Phase.SETUP for step in test.steps):
        for status in (200, 403, 409):
            yield case(Category.DATA, disturb=_refusing(status))
    for answer in (Response("<h1>Internal Server Error</h1>", 500), Response("")):
        yield case(Category.FLAKE, disturb=_once_answering(answer))
    yield case(Category.FLAKE, disturb=_once_stale)
    yield case(Category.LOCATOR_BREAK, look=Look.RESTYLED)
    for aged in _aged(test):
        yield case(Category.LOCATOR_BREAK, test=aged)
        yield case(Category.UI_DRIFT, test=aged, look=Look.DRIFTED)
    for bug in application.bugs:
        if bug.flow is test.flow:
            yield case(Category.PRODUCT_BUG, bug=bug.name)


def _aged(test: Test) -> Iterable[Test]:
    """The test with one step whose locators find nothing any more, for each such step."""
    for index, step in enumerate(test.steps):
        if step.target is None or step.phase is Phase.CLEANUP:
            continue
        known = step.target.fingerprint
        attributes = {**known.attributes, "id": "before-the-redesign", "class": "before"}
        target = step.target.model_copy(
            update={
                "locators": (_STALE,),
                "fingerprint": known.model_copy(update={"attributes": attributes}),
            }
        )
        changed = step.model_copy(update={"target": target})
        yield test.model_copy(
            update={"steps": (*test.steps[:index], changed, *test.steps[index + 1 :])}
        )


def once(disturb: Disturbance) -> Disturbance:
    """Disturbs the first request only."""
    first = threading.Event()

    def disturb_once(request: Request) -> Response | None:
        if first.is_set():
            return None
        first.set()
        return disturb(request)

    return disturb_once


def _nobody_answers(served: Served) -> Disturbance:
    threading.Thread(target=served.stop).start()
    return _break_off


def _answers_break_off(_: Served) -> Disturbance:
    return _break_off


def _break_off(_: Request) -> Response | None:
    raise Disconnect


def _session_does_not_hold(_: Served) -> Disturbance:
    return lambda request: None if request.path == "/login" else redirect("/login")


def _refusing(status: int) -> Callable[[Served], Disturbance]:
    full = Response('<main><p role="alert">The limit of your plan is reached.</p></main>', status)
    return lambda _: lambda request: full if request.method == "POST" else None


def _once_answering(answer: Response) -> Callable[[Served], Disturbance]:
    return lambda _: once(lambda _: answer)


@dataclass
class _Stale:
    """Answers the first page that is asked for a second time as it was the first time."""

    served: Served
    seen: dict[str, Response] = field(default_factory=dict[str, Response])
    done: bool = False

    def __call__(self, request: Request) -> Response | None:
        if request.method != "GET" or self.done:
            return None
        if request.path in self.seen:
            self.done = True
            return self.seen[request.path]
        application = self.served.application
        application.disturb = lambda _: None
        self.seen[request.path] = application.handle(request)
        application.disturb = self
        return None


def _once_stale(served: Served) -> Disturbance:
    return _Stale(served)
