# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# LangGraph is typed in part only, and this is the one module that builds with it.
"""The testing loop as a LangGraph graph, from the first look at an application to its report.

    analyze_code -> discover -> plan_tests
                 -> execute_test -> evaluate_results -> self_heal -> report

Code is analyzed where the run was given any. A run whose goal is less stops short of the tests.
Their three nodes run once per test, side by side. Every finished node is checkpointed, so a run
that lost its worker goes on at the tests that had not ended. A replayed suite starts at its tests.
Nodes are plain functions over `TestingState`; what a checkpoint must not hold (browser, secrets) is
in the `Workbench`.
"""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypedDict, cast

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Send

from argus.kernel.schema import Value
from argus.services.qa.agent import Ledger
from argus.services.qa.browser.errors import PageNeverLoads, PageUnresponsive, RedirectLoop
from argus.services.qa.browser.session import NAVIGATION_TIMEOUT_S, new_session
from argus.services.qa.code.leads import CodeAnalyzer
from argus.services.qa.code.surface import RankedSurface
from argus.services.qa.database.agent import DBTester, Tables
from argus.services.qa.discovery.errors import LoginFailed
from argus.services.qa.discovery.explore import AutoDiscovery
from argus.services.qa.discovery.site import NOBODY, Credentials, DiscoveryRequest, Site
from argus.services.qa.execution.execute import Bench
from argus.services.qa.execution.record import FailureKind, TestRun
from argus.services.qa.ir import Login, Suite, Test
from argus.services.qa.judging import (
    Judged,
    Lost,
    SelfHealer,
    Tally,
    Trial,
    UITester,
    is_unreachable,
    judge_failure,
    judge_pass,
    judged_failed,
    judged_skipped,
)
from argus.services.qa.leads import Leads
from argus.services.qa.loop.chronicle import told_steps
from argus.services.qa.loop.evidence import not_given, not_sent, with_all_evidence
from argus.services.qa.loop.journal import Journal
from argus.services.qa.planning.impact import TestImpact, Upcoming
from argus.services.qa.planning.planner import PlanRequest, TestPlanner
from argus.services.qa.planning.recorder import NotLearned
from argus.services.qa.planning.wishes import NLTestCreator
from argus.services.qa.runs.schemas import Goal
from argus.services.qa.templates import fill_in
from argus.services.qa.triage.classify import Verdict
from argus.services.qa.triage.flakiness import FAILING, Record

DISCOVERY_SHARE, PLANNING_SHARE, WISH_SHARE, DATABASE_SHARE = 0.3, 0.5, 0.1, 0.3
"""Parts of the time that is left; the tests have the rest. Planning takes a test's time three times
and more: to learn it, to see what of it stays, and to see that it holds."""
ENTRANCE_SHARE = 0.6
"""Of the first page, where the machine is too busy to show it in discovery's part."""
DISCOVERY_ALONE = 0.9
"""Where nothing follows but the report."""

_BROKEN = {FailureKind.SERVER_ERROR, FailureKind.PAGE}
"""Failures to sign in that are defects of the application, for the tests to find."""


class TestingState(TypedDict):
    """What a run knows so far, as JSON; a key is there once its node has ended."""

    leads: dict[str, Any]
    order: list[str]
    site: dict[str, Any]
    suite: dict[str, Any]
    reported: bool


class TestState(TypedDict):
    """One test's way through the loop; a key is there once its node has ended."""

    test: dict[str, Any]
    run: dict[str, Any]
    verdict: dict[str, Any]
    judged: bool


Update = dict[str, object]
"""What a node adds to its state."""


class Options(Value):
    """What the caller of a run decided."""

    app_url: str
    seed: int
    max_pages: int
    time_budget_s: float
    read_only: bool
    parallel_tests: int
    goal: Goal = Goal.TEST
    surfaces: tuple[RankedSurface, ...] = ()
    """Of the application's code."""
    exclude: tuple[str, ...] = ()
    """Patterns of paths that discovery and planning leave alone."""
    wishes: tuple[str, ...] = ()
    """Tests in somebody's own words."""


class Workbench:
    """The resources of one execution of a run, and its clock."""

    def __init__(
        self,
        options: Options,
        bench: Bench,
        credentials: Credentials | None,
        journal: Journal,
    ) -> None:
        self.options, self.bench, self.credentials = options, bench, credentials
        self.journal = journal
        self.tally, self.ledger = Tally(), Ledger()
        self.memory: Path | None = None
        """The file in which discovery keeps what it knows, for another execution to go on with."""
        self.records: Mapping[str, Record] = {}
        """How the application's tests came out before."""
        self.database: Tables | None = None
        """The application's own, where the run was given it."""
        self._deadline_s = asyncio.get_running_loop().time() + options.time_budget_s

    def left_s(self) -> float:
        return max(self._deadline_s - asyncio.get_running_loop().time(), 0)


TestingGraph = CompiledStateGraph[TestingState, None, TestingState, TestingState]


async def go(work: Workbench, conninfo: str, thread: str, suite: dict[str, Any] | None) -> None:
    """Run the graph from the last checkpoint of `thread`, else from its beginning, to its end.

    `suite` is what to replay; None means to discover and plan. The checkpoints, which are in the
    database that `conninfo` names, are deleted at the end.
    """
    async with AsyncPostgresSaver.from_conn_string(conninfo) as checkpointer:
        graph = build_graph(work, checkpointer)
        config = RunnableConfig(
            configurable={"thread_id": thread}, recursion_limit=50, max_concurrency=64
        )
        known: dict[str, Any] = (await graph.aget_state(config)).values
        if "suite" in known:
            work.bench.login = Suite.model_validate(known["suite"]).login
        beginning = cast("Any", {} if suite is None else {"suite": suite})
        await graph.ainvoke(None if known else beginning, config, durability="sync")
        await checkpointer.adelete_thread(thread)


async def forget(conninfo: str, thread: str) -> None:
    """Delete the checkpoints of a run that will not go on. Idempotent."""
    async with AsyncPostgresSaver.from_conn_string(conninfo) as checkpointer:
        await checkpointer.adelete_thread(thread)


def build_graph(work: Workbench, checkpointer: BaseCheckpointSaver[Any]) -> TestingGraph:
    """The graph of one run; `thread_id` in its configuration is the run."""
    loop = _Loop(work)
    testing = StateGraph(TestState)
    testing.add_node("execute_test", loop.execute_test)
    testing.add_node("evaluate_results", loop.evaluate_results)
    testing.add_node("self_heal", loop.self_heal)
    testing.add_edge(START, "execute_test")
    testing.add_conditional_edges(
        "execute_test", _unless_judged("evaluate_results"), ["evaluate_results", END]
    )
    testing.add_conditional_edges(
        "evaluate_results", _unless_judged("self_heal"), ["self_heal", END]
    )
    testing.add_edge("self_heal", END)

    graph = StateGraph(TestingState)
    graph.add_node("analyze_code", loop.analyze_code)
    graph.add_node("discover", loop.discover)
    graph.add_node("plan_tests", loop.plan_tests)
    graph.add_node("sign_in", loop.sign_in)
    graph.add_node("test", testing.compile())
    graph.add_node("report", loop.report)
    goal = work.options.goal
    if work.options.surfaces:
        graph.add_edge(START, "analyze_code")
    graph.add_conditional_edges(
        "analyze_code" if work.options.surfaces else START, _begin, ["discover", "sign_in"]
    )
    graph.add_edge("discover", "report" if goal is Goal.DISCOVER else "plan_tests")
    graph.add_edge("plan_tests", "report" if goal is Goal.PLAN else "sign_in")
    graph.add_conditional_edges("sign_in", _fan_out, ["test", "report"])
    graph.add_edge("test", "report")
    graph.add_edge("report", END)
    return graph.compile(checkpointer=checkpointer)


def _begin(state: TestingState) -> str:
    return "sign_in" if "suite" in state else "discover"


def _fan_out(state: TestingState) -> list[Send] | str:
    tests = {test.id: test for test in Suite.model_validate(state["suite"]).runnable()}
    return [
        Send("test", {"test": tests[id_].model_dump(mode="json")}) for id_ in state["order"]
    ] or "report"


def _unless_judged(following: str) -> Callable[[TestState], str]:
    return lambda state: END if state.get("judged") else following


class _Loop:
    """The nodes. Each may run again after a crash: what they write is written once."""

    def __init__(self, work: Workbench) -> None:
        self._work = work
        self._slots = asyncio.Semaphore(work.options.parallel_tests)
        self._signing_in = asyncio.Lock()

    @property
    def _past_failures(self) -> dict[str, float]:
        return {test: record.failing for test, record in self._work.records.items()}

    async def analyze_code(self, state: TestingState) -> Update:  # noqa: ARG002 - LangGraph's signature
        work, surfaces = self._work, self._work.options.surfaces
        await work.journal.event("phase_started", {"phase": "analyze_code"})
        leads = await work.ledger.charge(CodeAnalyzer(), surfaces, work.left_s())
        told = {"surfaces": len(surfaces), "pages": len(leads.entrances)}
        await work.journal.event("phase_ended", {"phase": "analyze_code", **told})
        return {"leads": leads.model_dump(mode="json")}

    async def discover(self, state: TestingState) -> Update:
        work, options = self._work, self._work.options
        await work.journal.event("phase_started", {"phase": "discover"})
        alone = options.goal is Goal.DISCOVER
        share = DISCOVERY_ALONE if alone else DISCOVERY_SHARE
        request = DiscoveryRequest(
            app_url=options.app_url,
            login=work.credentials,
            max_pages=options.max_pages,
            entrance_s=work.left_s() * (DISCOVERY_ALONE if alone else ENTRANCE_SHARE),
            read_only=options.read_only,
            exclude=options.exclude,
            leads=_leads(state),
            roles=(NOBODY, *work.bench.roles),
        )
        bench, tell, ledger = work.bench, work.journal.event, work.ledger
        browser = await bench.browsers.get()
        agent = AutoDiscovery(browser, tell, bench.evidence, bench.advisor, ledger, work.memory)
        site = await ledger.charge(agent, request, work.left_s() * share)
        told = {"phase": "discover", **site.summary.model_dump()}
        if missed := request.leads.unreached(page.url for page in site.pages):
            told["unreached"] = missed
        await work.journal.event("phase_ended", told)
        return {"site": site.model_dump(mode="json")}

    async def plan_tests(self, state: TestingState) -> Update:
        work, options = self._work, self._work.options
        await work.journal.event("phase_started", {"phase": "plan_tests"})
        site = Site.model_validate(state["site"])
        work.bench.login = site.login
        await work.bench.sign_in()
        request = PlanRequest(
            site=site,
            seed=options.seed,
            read_only=options.read_only,
            exclude=options.exclude,
            parallel=options.parallel_tests,
            leads=_leads(state),
            past_failures=self._past_failures,
        )
        agent = TestPlanner(
            await work.bench.browsers.get(),
            work.bench.storage_state,
            work.bench.secrets,
            work.journal.event,
            work.bench.advisor,
            await work.bench.sign_in_others(),
        )
        suite = await work.ledger.charge(agent, request, work.left_s() * PLANNING_SHARE)
        suite = suite.model_copy(update={"tests": (*await self._wished(), *suite.tests)})
        if work.database is not None:
            tester = DBTester(work.bench, work.database, work.journal.event)
            checked = await work.ledger.charge(tester, suite, work.left_s() * DATABASE_SHARE)
            suite = checked.suite
            site = site.model_copy(update={"findings": (*site.findings, *checked.findings)})
        await work.journal.event("phase_ended", {"phase": "plan_tests", "tests": len(suite.tests)})
        return {"suite": suite.model_dump(mode="json"), "site": site.model_dump(mode="json")}

    async def _wished(self) -> list[Test]:
        """The tests that were wished for, as far as they could be made."""
        work, bench, tell = self._work, self._work.bench, self._work.journal.event
        made: dict[str, Test] = {}
        for wish in work.options.wishes:
            agent = NLTestCreator(
                await bench.browsers.get(),
                bench.app_url,
                bench.storage_state,
                bench.secrets,
                bench.advisor,
                read_only=work.options.read_only,
            )
            try:
                test = await work.ledger.charge(agent, wish, work.left_s() * WISH_SHARE)
            except NotLearned as error:
                await tell("plan_dropped", {"subject": wish, "message": str(error)})
            else:
                made[test.id] = test
                await tell("plan_kept", {"subject": wish, "message": "it holds"})
        return list(made.values())

    async def sign_in(self, state: TestingState) -> Update:
        """The last step before the tests; it fails a run whose tests could say nothing."""
        work = self._work
        suite = Suite.model_validate(state["suite"])
        tests = suite.runnable()
        await work.journal.event("phase_started", {"phase": "test", "tests": len(tests)})
        if tests:
            await self._reach()
            work.bench.login = suite.login
            _check_user(suite.login, work.credentials, work.bench.variables)
            failure = await work.bench.sign_in()
            if failure is not None and failure.kind not in _BROKEN:
                raise LoginFailed(f"the recorded way to sign in fails: {failure.message}")
        upcoming = Upcoming(tests=tests, leads=_leads(state), past_failures=self._past_failures)
        order = await work.ledger.charge(TestImpact(), upcoming, work.left_s())
        return {"order": [test.id for test in order]}

    async def _reach(self) -> None:
        """Open the application's entrance.

        Raises:
            ApplicationUnreachable, NavigationBlocked: it is not there.
        """
        work = self._work
        timeout_s = max(1.0, min(work.left_s(), NAVIGATION_TIMEOUT_S))
        async with new_session(await work.bench.browsers.get(), work.options.app_url) as session:
            try:
                await session.goto(work.options.app_url, timeout_s=timeout_s)
            except (RedirectLoop, PageNeverLoads, PageUnresponsive):
                return

    async def execute_test(self, state: TestState) -> Update:
        work, test = self._work, Test.model_validate(state["test"])
        async with self._slots:
            if test.id in await work.journal.finished_tests():
                return {"judged": True}
            if not work.left_s():
                return await self._judged(judged_skipped(test))
            await self._sign_in_once()
            others = await work.bench.sign_in_others()
            if (missing := not_given(test, work.bench, others)) is not None:
                return await self._judged(judged_skipped(test, missing))
            await work.journal.event("test_started", {"test": test.id, "name": test.name})
            nonce = work.journal.nonce()
            trial = Trial(test=test, nonce=nonce)
            run = await work.ledger.charge(UITester(work.bench), trial, work.left_s())
            if run is None:
                return await self._judged(judged_skipped(test))
            await work.journal.event(
                "test_executed", {"test": test.id, "steps": told_steps(test, run)}
            )
            if run.ok:
                left_s = work.left_s()
                return await self._judged(await judge_pass(work.bench, test, run, nonce, left_s))
            if (held := not_sent(test.id, work.bench)) is not None:
                return await self._judged(judged_skipped(test, held))
        return {"run": run.model_dump(mode="json")}

    async def evaluate_results(self, state: TestState) -> Update:
        work, test = self._work, Test.model_validate(state["test"])
        run = TestRun.model_validate(state["run"])
        tally = work.tally.counting(unreachable=is_unreachable(run))
        async with self._slots:
            await self._sign_in_once()
            nonce, left_s = work.journal.nonce(), work.left_s()
            verdict = await judge_failure(work.bench, test, run, nonce, tally, left_s)
        if not verdict.healable:
            return await self._judged(judged_failed(test, run, verdict))
        return {"verdict": verdict.model_dump(mode="json")}

    async def self_heal(self, state: TestState) -> Update:
        work, test = self._work, Test.model_validate(state["test"])
        run, verdict = (
            TestRun.model_validate(state["run"]),
            Verdict.model_validate(state["verdict"]),
        )
        async with self._slots:
            await self._sign_in_once()
            lost = Lost(test=test, run=run, verdict=verdict, nonce=work.journal.nonce())
            healer = SelfHealer(work.bench)
            return await self._judged(await work.ledger.charge(healer, lost, work.left_s()))

    async def report(self, state: TestingState) -> Update:
        options = self._work.options
        if options.goal is Goal.TEST:
            await self._work.journal.event("phase_ended", {"phase": "test"})
        site = Site.model_validate(state["site"]) if "site" in state else None
        suite = Suite(app_url=options.app_url, seed=options.seed, tests=())
        if options.goal is not Goal.DISCOVER:
            suite = Suite.model_validate(state["suite"])
        await self._work.journal.report(suite, site, _leads(state))
        return {"reported": True}

    async def _sign_in_once(self) -> None:
        async with self._signing_in:
            if self._work.bench.storage_state is None:
                await self._work.bench.sign_in()
            await self._work.bench.sign_in_others()

    async def _judged(self, judged: Judged) -> Update:
        held = not_sent(judged.result.id, self._work.bench)
        if held is not None and judged.result.status in FAILING:
            judged = judged_skipped(judged.result, held)
        judged = with_all_evidence(judged, self._work.bench, self._work.records)
        self._work.tally = self._work.tally.counting(unreachable=judged.unreachable)
        await self._work.journal.judged(judged)
        return {"judged": True}


def _leads(state: TestingState) -> Leads:
    return Leads.model_validate(state.get("leads", {}))


def _check_user(
    login: Login | None, credentials: Credentials | None, variables: Mapping[str, str]
) -> None:
    if login is None:
        return
    username = fill_in(login.username, variables)
    if credentials is None:
        raise LoginFailed(f"the suite signs in as {username}: give its password")
    if credentials.username != username:
        raise LoginFailed(f"the suite signs in as {username}, not {credentials.username}")
