"""How a run goes, written down so that it outlives whoever executes it."""

import asyncio
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from argus.contracts.qa.events import (
    HealingApplied,
    TestFailed,
    TestPassed,
    TestRunEnded,
)
from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.errors import ArgusError
from argus.kernel.ids import format_id, new_id, parse_id
from argus.kernel.module import JobCall
from argus.kernel.objects import FolderObjects
from argus.services.qa.agent import Ledger
from argus.services.qa.agents import expenses
from argus.services.qa.discovery.site import Site
from argus.services.qa.execution.masking import Mask
from argus.services.qa.ir import Suite
from argus.services.qa.judging import Judged
from argus.services.qa.language_models.advisor import Advisor
from argus.services.qa.language_models.router import MODEL_ASKED
from argus.services.qa.leads import NO_LEADS, Leads
from argus.services.qa.learnt import PatternState
from argus.services.qa.loop.chronicle import Happening, timeline_of
from argus.services.qa.outcome import (
    Category,
    Cost,
    Heal,
    TestResult,
    TestStatus,
)
from argus.services.qa.patterns.service import HealingService
from argus.services.qa.reports.write import Ended, Reporter
from argus.services.qa.runs.errors import (
    RunNotFound,
)
from argus.services.qa.runs.models import Run, RunEvent
from argus.services.qa.runs.repository import (
    RunEventRepository,
    RunRepository,
    TestResultRepository,
)
from argus.services.qa.runs.schemas import RunState
from argus.services.qa.runs.service import CHANNEL, ENDED, SITE, artifacts_of
from argus.services.qa.triage.causes import Failures, RootCause
from argus.services.qa.triage.trail import first_difference
from argus.services.qa.worker.repository import PassingTrailRepository

_MEMORY = "memory"
_EXPLAINING_S, _WRITING_S = 60.0, 60.0
"""What explaining the failures of a run may take, and writing its reports."""


class RunInterrupted(Exception):
    """Somebody paused or cancelled the run meanwhile: its execution ends here."""


class RunJournal:
    """Writes a run's progress, each entry in a unit of work of its own (`loop.journal.Journal`).

    With each event it writes down how much of the time budget is spent, and learns whether the run
    is to go on; raises RunInterrupted if it is not.
    """

    def __init__(self, call: JobCall, run_id: UUID, objects: FolderObjects) -> None:
        self._call, self._run_id, self._objects = call, run_id, objects
        self._public_id = format_id("run", run_id)
        self.ledger = Ledger()
        self.mask = Mask(())
        """Takes the run's secrets out of all that is written, should the application repeat one."""
        self.advisor: Advisor | None = None
        """Whom to ask for explanations of what failed."""
        self._now = asyncio.get_running_loop().time
        self._nothing_spent_at = self._now()

    @property
    def artifacts(self) -> str:
        """Where this run's artifacts are stored."""
        return artifacts_of(self._run_id)

    @property
    def memory(self) -> Path:
        """Where discovery keeps what it knows, while the run goes on."""
        return self._objects.folder(f"{self.artifacts}/{_MEMORY}") / "exploration.json"

    async def forget(self) -> None:
        """Delete what is of use only while the run goes on. Idempotent."""
        await asyncio.to_thread(self._objects.delete, f"{self.artifacts}/{_MEMORY}")

    async def begin(self) -> Run:
        """The run, marked as running; one that has ended or is paused stays as it is."""
        async with self._call.unit_of_work() as uow:
            run = await RunRepository(uow).get_for_update(self._run_id)
            if run is None:
                raise RunNotFound
            if run.status is RunState.QUEUED:
                run.status = RunState.RUNNING
                run.started_at = run.started_at or self._call.clock.now()
        self._nothing_spent_at = self._now() - run.spent_s
        return run

    async def event(self, type_: str, data: Mapping[str, object]) -> None:
        async with self._call.unit_of_work() as uow:
            state = await self._write(uow, type_, data)
        _go_on(state)

    async def judged(self, judged: Judged) -> None:
        async with self._call.unit_of_work() as uow:
            results, result = TestResultRepository(uow), judged.result
            if judged.repairs or judged.refuted:
                if result.id in await results.of_run(self._run_id):
                    return
                result = await self._remember(uow, judged)
            stored = self.mask.json(
                judged.model_copy(update={"result": result}).model_dump(
                    mode="json", exclude={"healed", "repairs"}
                )
            )
            if not await results.add_once(self._run_id, result.id, stored):
                return
            state = await self._write(uow, "test_judged", stored["result"])
            await self._publish(uow, result)
        _go_on(state)

    async def finished_tests(self) -> set[str]:
        async with self._call.unit_of_work() as uow:
            return set(await TestResultRepository(uow).of_run(self._run_id))

    def nonce(self) -> str:
        return new_id().hex

    async def report(self, suite: Suite, site: Site | None, leads: Leads = NO_LEADS) -> None:
        suite = Suite.model_validate(self.mask.json(suite.model_dump(mode="json")))
        site = site and Site.model_validate(self.mask.json(site.model_dump(mode="json")))
        async with self._call.unit_of_work() as uow:
            stored = await TestResultRepository(uow).of_run(self._run_id)
        judged = {key: Judged.model_validate(value) for key, value in stored.items()}
        planned = {test.id: place for place, test in enumerate(suite.runnable())}
        order = sorted(judged, key=lambda id_: planned.get(id_, len(planned)))
        failures = Failures(
            tests=tuple(judged[id_].result for id_ in order),
            differences=await self._differences(suite.app_url, judged),
            leads=leads,
        )
        charge = self.ledger.charge
        explained = await charge(RootCause(self.advisor), failures, _EXPLAINING_S)
        async with self._call.unit_of_work() as uow:
            events = await RunEventRepository(uow).after(self._run_id, 0)
        ended = Ended(
            run_id=self._public_id,
            suite=suite,
            site=site,
            explained=explained,
            cost=cost_of(events),
            expenses=expenses(self.ledger.seconds, _asked(events)),
            timeline=timeline_of(Happening(event.type, event.data, event.at) for event in events),
        )
        folder = self._objects.folder(self.artifacts)
        report = await charge(Reporter(folder), ended, _WRITING_S)
        if site is not None:
            content = site.model_dump_json().encode()
            await asyncio.to_thread(self._objects.put, f"{self.artifacts}/{SITE}", content)
        await self._end(
            RunState(report.status.value),
            report=report.contract(),
            suite=suite.model_dump(mode="json"),
            pages=sorted({page.url_template for page in site.pages}) if site else None,
        )

    async def _differences(self, app: str, judged: Mapping[str, Judged]) -> dict[str, str]:
        """Where each test that failed first went otherwise than when it passed the last time."""
        failed = {
            id_: each.trail
            for id_, each in judged.items()
            if each.result.status is TestStatus.FAILED
        }
        passed = {
            id_: each.trail
            for id_, each in judged.items()
            if each.result.status in (TestStatus.PASSED, TestStatus.PASSED_HEALED)
        }
        async with self._call.unit_of_work() as uow:
            trails = PassingTrailRepository(uow)
            known = await trails.of_tests(app, failed)
            await trails.put(app, passed, self._run_id)
        return {id_: first_difference(trail, failed[id_]) for id_, trail in known.items()}

    async def _remember(self, uow: UnitOfWork, judged: Judged) -> TestResult:
        """Learn from what was healed and what failed to be; the result says how that stands."""
        run = await RunRepository(uow).get(self._run_id)
        if run is None:
            raise RunNotFound
        healing = HealingService(uow, self._call.clock)
        for heal_id in judged.refuted:
            await healing.unlearn(parse_id("heal", heal_id))
        heals: list[Heal] = []
        for heal, repair in zip(judged.result.heals, judged.repairs, strict=True):
            learnt = await healing.learn(run.app_url, run.id, judged.result.id, repair)
            changes = {"learnt": format_id("heal", learnt.id), "approval": learnt.state.value}
            heals.append(heal.model_copy(update=changes))
        return judged.result.model_copy(update={"heals": tuple(heals)})

    async def fail(self, error: ArgusError) -> None:
        """The run could not be done; the error says why."""
        await self._end(RunState.ERROR, error=error)

    async def _end(
        self,
        status: RunState,
        *,
        report: dict[str, Any] | None = None,
        suite: dict[str, Any] | None = None,
        pages: list[str] | None = None,
        error: ArgusError | None = None,
    ) -> None:
        async with self._call.unit_of_work() as uow:
            runs = RunRepository(uow)
            run = await runs.get_for_update(self._run_id)
            if run is None or run.status.ended:
                return
            run.status, run.ended_at = status, self._call.clock.now()
            run.sealed_password = run.sealed_secrets = None
            run.report, run.suite, run.pages = report, suite or run.suite, pages
            if error is not None:
                run.error, run.error_code = self.mask.text(error.detail), error.code
            judged = await TestResultRepository(uow).of_run(run.id)
            results = [Judged.model_validate(row).result for row in judged.values()]
            await self._write(
                uow, ENDED, {"status": status.value, "error": run.error, "code": run.error_code}
            )
            await uow.emit(
                TestRunEnded(
                    run_id=self._public_id,
                    status=status.value,
                    tests=len(results),
                    product_bugs=sum(result.category is Category.PRODUCT_BUG for result in results),
                )
            )
        await self.forget()

    async def _write(self, uow: UnitOfWork, type_: str, data: Mapping[str, object]) -> RunState:
        state = await RunEventRepository(uow).append(
            self._run_id,
            type_,
            self.mask.json(data),
            self._call.clock.now(),
            spent_s=self._now() - self._nothing_spent_at,
        )
        if state.ended and type_ != ENDED:
            raise RunInterrupted  # and nothing of this is written: the run's last event was its end
        await uow.notify(CHANNEL, self._public_id)
        return state

    async def _publish(self, uow: UnitOfWork, result: TestResult) -> None:
        if result.status in (TestStatus.PASSED, TestStatus.PASSED_HEALED):
            await uow.emit(TestPassed(run_id=self._public_id, test_id=result.id))
        else:
            category = result.category.value if result.category else result.status.value
            await uow.emit(TestFailed(run_id=self._public_id, test_id=result.id, category=category))
        for heal in result.heals:
            await uow.emit(
                HealingApplied(
                    run_id=self._public_id,
                    test_id=result.id,
                    step=heal.step,
                    before=heal.before,
                    after=heal.after,
                    heal_id=heal.learnt,
                    approved=heal.approval == PatternState.APPROVED,
                )
            )


def _go_on(state: RunState) -> None:
    if state is not RunState.RUNNING:
        raise RunInterrupted


def cost_of(events: Iterable[RunEvent]) -> Cost:
    """What language models were asked in a run, and what that cost, as its events tell."""
    asked = [usd for _, usd in _asked(events)]
    return Cost(model_calls=len(asked), usd=round(sum(asked), 6))


def _asked(events: Iterable[RunEvent]) -> list[tuple[str, float]]:
    """The kind of each question, and its price."""
    return [
        (event.data["task"], event.data["usd"]) for event in events if event.type == MODEL_ASKED
    ]
