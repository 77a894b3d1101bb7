"""Starting runs, following them, and writing down how they go."""

import ipaddress
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from argus.contracts.billing.rpc import CHECK_ENTITLEMENT, RECORD_USAGE
from argus.contracts.billing.v1 import billing_pb2
from argus.contracts.qa.events import (
    HealingApplied,
    TestFailed,
    TestPassed,
    TestRunEnded,
    TestRunStarted,
)
from argus.kernel.clock import Clock
from argus.kernel.crypto import Keyring
from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.errors import ArgusError
from argus.kernel.ids import format_id, new_id
from argus.kernel.module import JobCall
from argus.kernel.objects import FolderObjects
from argus.kernel.rpc.client import Rpc
from argus.services.qa.discovery.site import Site
from argus.services.qa.ir import Suite
from argus.services.qa.judging import Judged
from argus.services.qa.loop.chronicle import Happening, timeline_of
from argus.services.qa.outcome import (
    Category,
    Cost,
    RunReport,
    TestResult,
    TestStatus,
    status_of,
)
from argus.services.qa.reports.write import write_report
from argus.services.qa.runs.errors import (
    RunNotEnded,
    RunNotEntitled,
    RunNotFound,
    TargetRefused,
)
from argus.services.qa.runs.models import Run, RunEvent
from argus.services.qa.runs.repository import (
    RunEventRepository,
    RunRepository,
    TestResultRepository,
)
from argus.services.qa.runs.schemas import RunState, StartRun

FEATURE = "qa_runs"
CHANNEL = "argus_qa_run"
ENDED = "run_ended"
"""Type of the last event of every run."""


class RunService:
    """Runs of the caller's organization. Never commits: the unit of work does."""

    def __init__(self, uow: UnitOfWork, clock: Clock, keyring: Keyring, rpc: Rpc) -> None:
        self._uow, self._clock, self._keyring, self._rpc = uow, clock, keyring, rpc
        self._runs = RunRepository(uow)

    async def start(self, wanted: StartRun) -> Run:
        """Queue a run, if the organization's tier includes one more.

        The tier is looked at before, and the run is charged when it starts: runs that start in the
        same moment may exceed a limit by their number.

        Raises:
            RunNotEntitled: what the tier includes is used up.
            TargetRefused: not an address that is tested.
        """
        app_url = target_url(wanted.app_url)
        await self._check_entitlement()
        run_id = new_id()
        password = wanted.login.password.get_secret_value() if wanted.login else ""
        run = Run(
            id=run_id,
            organization_id=self._uow.organization_id,
            app_url=app_url,
            status=RunState.QUEUED,
            options=wanted.model_dump(
                mode="json", exclude={"suite": True, "app_url": True, "login": {"password"}}
            ),
            sealed_password=(
                self._keyring.seal(password.encode(), password_context(run_id))
                if password
                else None
            ),
            suite=wanted.suite.model_dump(mode="json") if wanted.suite else None,
            seed=wanted.suite.seed if wanted.suite else wanted.seed,
            error="",
            error_code="",
            report=None,
            last_event=0,
            created_by=self._uow.principal.id,
            created_at=self._clock.now(),
            started_at=None,
            ended_at=None,
        )
        await self._runs.add(run)
        await self._uow.emit(TestRunStarted(run_id=format_id("run", run_id), app_url=app_url))
        await self._uow.enqueue("qa.runs.execute", lock=str(run_id), run_id=str(run_id))
        return run

    async def get(self, run_id: UUID) -> Run:
        """Raises RunNotFound."""
        run = await self._runs.get(run_id)
        if run is None:
            raise RunNotFound
        return run

    async def get_ended(self, run_id: UUID) -> Run:
        """Raises RunNotFound, RunNotEnded."""
        run = await self.get(run_id)
        if run.report is None:
            raise RunNotEnded(run.error or f"the run is {run.status.value}")
        return run

    async def list_newest(self, before: UUID | None, limit: int) -> Sequence[Run]:
        return await self._runs.list_newest(before, limit)

    async def events_after(self, run_id: UUID, seq: int, limit: int = 200) -> Sequence[RunEvent]:
        return await RunEventRepository(self._uow).after(run_id, seq, limit)

    async def _check_entitlement(self) -> None:
        answer = await self._rpc.call(
            CHECK_ENTITLEMENT,
            billing_pb2.CheckEntitlementRequest(feature=FEATURE, quantity=1),
        )
        if not answer.allowed:
            raise RunNotEntitled(
                answer.reason, tier=answer.tier, cheapest_tier=answer.cheapest_tier
            )


class RunJournal:
    """Writes a run's progress, each entry in a unit of work of its own (`loop.graph.Journal`)."""

    def __init__(self, call: JobCall, run_id: UUID, objects: FolderObjects) -> None:
        self._call, self._run_id, self._objects = call, run_id, objects
        self._public_id = format_id("run", run_id)

    @property
    def artifacts(self) -> str:
        """Where this run's artifacts are stored."""
        return artifacts_of(self._run_id)

    async def begin(self) -> Run:
        """The run, marked as running; one that has ended stays as it is."""
        async with self._call.unit_of_work() as uow:
            run = await RunRepository(uow).get_for_update(self._run_id)
            if run is None:
                raise RunNotFound
            if not run.status.ended:
                run.status = RunState.RUNNING
                run.started_at = run.started_at or self._call.clock.now()
        return run

    async def event(self, type_: str, data: Mapping[str, object]) -> None:
        async with self._call.unit_of_work() as uow:
            await self._write(uow, type_, data)

    async def judged(self, judged: Judged) -> None:
        result = judged.result
        async with self._call.unit_of_work() as uow:
            stored = judged.model_dump(mode="json")
            if not await TestResultRepository(uow).add_once(self._run_id, result.id, stored):
                return
            await self._write(uow, "test_judged", result.model_dump(mode="json"))
            await self._publish(uow, result)

    async def finished_tests(self) -> set[str]:
        async with self._call.unit_of_work() as uow:
            return set(await TestResultRepository(uow).of_run(self._run_id))

    def nonce(self) -> str:
        return new_id().hex

    async def report(self, suite: Suite, site: Site | None) -> None:
        async with self._call.unit_of_work() as uow:
            stored = await TestResultRepository(uow).of_run(self._run_id)
            events = await RunEventRepository(uow).after(self._run_id, 0, 1_000_000)
        timeline = timeline_of(Happening(event.type, event.data, event.at) for event in events)
        judged = {key: Judged.model_validate(value) for key, value in stored.items()}
        tests = tuple(judged[test.id].result for test in suite.tests if test.id in judged)
        findings = site.findings if site else ()
        report = RunReport(
            run_id=self._public_id,
            app_url=suite.app_url,
            status=status_of(tests, findings),
            seed=suite.seed,
            discovery=site.summary if site else None,
            tests=tests,
            findings=findings,
            cost=Cost(model_calls=0, usd=0),
            report="index.html",
        )
        write_report(report, timeline, self._objects.folder(self.artifacts))
        healed = tuple(
            (judged[test.id].healed if test.id in judged else None) or test for test in suite.tests
        )
        await self._end(
            RunState(report.status.value),
            report=report.contract(),
            suite=suite.model_copy(update={"tests": healed}).model_dump(mode="json"),
        )

    async def fail(self, error: ArgusError) -> None:
        """The run could not be done; the error says why."""
        await self._end(RunState.ERROR, error=error)

    async def _end(
        self,
        status: RunState,
        *,
        report: dict[str, Any] | None = None,
        suite: dict[str, Any] | None = None,
        error: ArgusError | None = None,
    ) -> None:
        async with self._call.unit_of_work() as uow:
            runs = RunRepository(uow)
            run = await runs.get_for_update(self._run_id)
            if run is None or run.status.ended:
                return
            run.status, run.ended_at, run.sealed_password = status, self._call.clock.now(), None
            run.report, run.suite = report, suite or run.suite
            if error is not None:
                run.error, run.error_code = error.detail, error.code
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

    async def _write(self, uow: UnitOfWork, type_: str, data: Mapping[str, object]) -> None:
        await RunEventRepository(uow).append(self._run_id, type_, data, self._call.clock.now())
        await uow.notify(CHANNEL, self._public_id)

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
                )
            )


async def charge(call: JobCall, run_id: UUID) -> None:
    """Record the run as usage; once, however often a run is begun."""
    await call.rpc.call(
        RECORD_USAGE,
        billing_pb2.RecordUsageRequest(
            events=[
                billing_pb2.UsageEvent(
                    id=format_id("run", run_id), source="qa", meter=FEATURE, quantity=1
                )
            ],
        ),
    )


def artifacts_of(run_id: UUID) -> str:
    """Prefix of a run's artifacts in the object store."""
    return f"qa/{format_id('run', run_id)}"


def password_context(run_id: UUID) -> str:
    """What the sealed password is bound to."""
    return f"qa.run.sealed_password:{run_id}"


def target_url(text: str) -> str:
    """The address as it will be opened.

    Private and loopback addresses are what a self-hosted tester is for; a cloud's metadata service
    and other link-local addresses are refused here and, after redirects and name resolution, again
    by the browser session.

    Raises:
        TargetRefused: see there.
    """
    url = urlsplit(text.strip())
    try:
        known_port = url.port is None or url.port > 0
    except ValueError:
        known_port = False
    if url.scheme not in ("http", "https") or not url.hostname or not known_port:
        raise TargetRefused("give an address such as http://127.0.0.1:8000")
    if url.username or url.password:
        raise TargetRefused("give the user by --username, not in the address")
    try:
        address = ipaddress.ip_address(url.hostname)
    except ValueError:
        return url.geturl()
    if address.is_link_local or address.is_multicast or address.is_unspecified:
        raise TargetRefused(f"{address} is not the address of an application")
    return url.geturl()
