"""Starting runs, following them, and writing down how they go."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from argus.contracts.billing.rpc import CHECK_ENTITLEMENT
from argus.contracts.billing.v1 import billing_pb2
from argus.contracts.qa.events import TestRunEnded, TestRunStarted
from argus.kernel.clock import Clock
from argus.kernel.crypto import Keyring
from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.errors import ArgusError, InvalidRequest
from argus.kernel.ids import format_id, new_id
from argus.kernel.objects import FolderObjects, ObjectNotFound
from argus.kernel.rpc.client import Rpc
from argus.services.qa.addresses import target_url
from argus.services.qa.database.dsn import checked_dsn
from argus.services.qa.discovery.operation import Operation
from argus.services.qa.environments.service import EnvironmentService
from argus.services.qa.ir import LOGIN_PASSWORD
from argus.services.qa.oracles.vitals import Vitals
from argus.services.qa.outcome import RunReport
from argus.services.qa.reports.comparison import Comparison, compare
from argus.services.qa.runs.errors import (
    RunNotEnded,
    RunNotEntitled,
    RunNotFound,
    RunOver,
    ValueMissing,
)
from argus.services.qa.runs.models import Run, RunEvent
from argus.services.qa.runs.repository import (
    RunEventRepository,
    RunRepository,
)
from argus.services.qa.runs.schemas import Goal, RunState, StartRun
from argus.services.qa.target_secrets import EXCLUDED, seal_secrets, secrets_of
from argus.services.qa.templates import ENVIRONMENT, environment_variables

FEATURE = "qa_runs"
CHANNEL = "argus_qa_run"
ENDED = "run_ended"
"""Type of the last event of every run."""
WAITING = "run_waiting"
"""Type of what a stream says, again and again, while nobody is there who could execute the run."""
SITE = "site.json"
"""The artifact that holds what discovery knows of the application (`discovery.site.Site`)."""


@dataclass(frozen=True)
class Origin:
    """What a run was started from: a version of a stored suite, a schedule and its due time."""

    suite_id: UUID | None = None
    suite_version: int | None = None
    schedule_id: UUID | None = None
    due_at: datetime | None = None


class RunService:
    """Runs of the caller's organization. Never commits: the unit of work does."""

    def __init__(self, uow: UnitOfWork, clock: Clock, keyring: Keyring, rpc: Rpc) -> None:
        self._uow, self._clock, self._keyring, self._rpc = uow, clock, keyring, rpc
        self._runs = RunRepository(uow)
        self._environments = EnvironmentService(uow, clock, keyring)

    async def start(self, wanted: StartRun) -> Run:
        """Queue a run, if the organization's tier includes one more.

        The tier is looked at before, and the run is charged when it starts: runs that start in the
        same moment may exceed a limit by their number.

        Raises:
            RunNotEntitled: what the tier includes is used up.
            EnvironmentNotFound, TargetRefused, DatabaseRefused, ValueMissing: see `queue`.
        """
        await self.check_entitlement()
        return await self.queue(wanted, Origin())

    async def queue(self, wanted: StartRun, origin: Origin) -> Run:
        """Queue a run of an organization that may have it, see `check_entitlement`.

        Raises:
            EnvironmentNotFound
            TargetRefused: not an address that is tested.
            DatabaseRefused: not a database that is asked.
            ValueMissing: the suite names a variable or secret that the run does not have.
            InvalidRequest: the run is read-only, and the suite's sign-in need not be.
        """
        wanted = await self.placed(wanted)
        app_url = target_url(wanted.app_url)
        if wanted.database is not None:
            checked_dsn(wanted.database.get_secret_value())
        secrets = secrets_of(wanted, wanted.token)
        _check_suite(wanted)
        run_id = new_id()
        password = wanted.login.password.get_secret_value() if wanted.login else ""
        run = Run(
            id=run_id,
            organization_id=self._uow.organization_id,
            app_url=app_url,
            status=RunState.QUEUED,
            options=wanted.model_dump(
                mode="json", exclude={"suite": True, "app_url": True, "goal": True, **EXCLUDED}
            ),
            sealed_password=(
                self._keyring.seal(password.encode(), password_context(run_id))
                if password
                else None
            ),
            sealed_secrets=seal_secrets(secrets, self._keyring, secrets_context(run_id)),
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
            goal=wanted.goal,
            suite_id=origin.suite_id,
            suite_version=origin.suite_version,
            schedule_id=origin.schedule_id,
            due_at=origin.due_at,
            environment=wanted.environment,
            pages=None,
            spent_s=0,
        )
        await self._runs.add(run)
        await self._uow.emit(
            TestRunStarted(
                run_id=format_id("run", run_id),
                app_url=app_url,
                environment=wanted.environment or "",
            )
        )
        await self._enqueue(run)
        return run

    async def placed(self, wanted: StartRun) -> StartRun:
        """The same, complete with what its environment gives; `environment` is its name.

        Raises:
            EnvironmentNotFound
        """
        if wanted.environment is None:
            return wanted
        place = await self._environments.opened(wanted.environment)
        given: dict[str, Any] = {
            "environment": place.name,
            "app_url": place.base_url,
            "login": wanted.login or (None if wanted.token else place.login),
            "roles": wanted.roles or place.roles,
            "read_only": wanted.read_only or place.read_only,
        }
        if wanted.goal is not Goal.API:
            given |= {
                "database": wanted.database or place.database,
                "secrets": {**place.secrets, **wanted.secrets},
                "variables": {**place.variables, **wanted.variables},
            }
        return wanted.model_copy(update=given)

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

    async def list_newest(
        self,
        before: UUID | None,
        limit: int,
        *,
        suite_id: UUID | None = None,
        goal: Goal | None = None,
    ) -> Sequence[Run]:
        """Of this suite and goal, where they are given."""
        return await self._runs.list_newest(before, limit, suite_id=suite_id, goal=goal)

    async def compare(self, before_id: UUID, after_id: UUID, objects: FolderObjects) -> Comparison:
        """What changed from one run to the other. Raises RunNotFound, RunNotEnded."""
        before, after = await self.get_ended(before_id), await self.get_ended(after_id)
        (old_api, old_vitals), (new_api, new_vitals) = [
            await asyncio.to_thread(_seen, objects, each) for each in (before_id, after_id)
        ]
        return compare(
            RunReport.model_validate(before.report),
            RunReport.model_validate(after.report),
            before.pages,
            after.pages,
            old_api,
            new_api,
            old_vitals,
            new_vitals,
        )

    async def is_over(self, run_id: UUID) -> bool:
        """Whether the run has ended, or is gone."""
        run = await self._runs.get(run_id)
        return run is None or run.status.ended

    async def lacks_worker(self, run_id: UUID) -> bool:
        """Whether the run is to go on, and nobody is there who could execute it."""
        run = await self._runs.get(run_id)
        waits = run is not None and run.status in (RunState.QUEUED, RunState.RUNNING)
        return waits and not await self._runs.has_worker()

    async def give_up(self, run_id: UUID, error: ArgusError) -> None:
        """End a run that cannot even begin. One that has ended stays as it is.

        Raises:
            RunNotFound
        """
        run = await self._runs.get_for_update(run_id)
        if run is None:
            raise RunNotFound
        if not run.status.ended:
            run.error, run.error_code = error.detail, error.code
            await self._end(run, RunState.ERROR)

    async def pause(self, run_id: UUID) -> Run:
        """Stop the run at its next step, without a worker, until it is resumed. Idempotent.

        Raises:
            RunNotFound
            RunOver: it has ended.
        """
        run = await self._unended(run_id)
        if run.status is not RunState.PAUSED:
            run.status = RunState.PAUSED
            await self._tell(run, "run_paused", {})
        return run

    async def resume(self, run_id: UUID) -> Run:
        """Queue a paused run again; it goes on where it was. Any other is left as it is.

        Raises:
            RunNotFound, RunOver
        """
        run = await self._unended(run_id)
        if run.status is RunState.PAUSED:
            run.status = RunState.QUEUED
            await self._tell(run, "run_resumed", {})
            await self._enqueue(run)
        return run

    async def cancel(self, run_id: UUID) -> Run:
        """End the run, without a report, wherever it is; one that was cancelled stays so.

        Raises:
            RunNotFound, RunOver
        """
        run = await self._runs.get_for_update(run_id)
        if run is not None and run.status is RunState.CANCELLED:
            return run
        run = await self._unended(run_id)
        await self._cancel(run)
        return run

    async def cancel_all(self) -> None:
        """End all runs of the organization that have not ended, without reports."""
        for run in await self._runs.all_unended():
            await self._cancel(run)

    async def _cancel(self, run: Run) -> None:
        await self._end(run, RunState.CANCELLED)
        await self._enqueue(run)  # to tidy up once its execution has noticed

    async def _end(self, run: Run, status: RunState) -> None:
        """End the run for good, without a report."""
        run.status, run.ended_at = status, self._clock.now()
        run.sealed_password = run.sealed_secrets = None
        said = {"status": status.value, "error": run.error, "code": run.error_code}
        await self._tell(run, ENDED, said)
        await self._uow.emit(
            TestRunEnded(
                run_id=format_id("run", run.id), status=status.value, tests=0, product_bugs=0
            )
        )

    async def _unended(self, run_id: UUID) -> Run:
        run = await self._runs.get_for_update(run_id)
        if run is None:
            raise RunNotFound
        if run.status.ended:
            raise RunOver(f"the run ended: {run.status.value}")
        return run

    async def _tell(self, run: Run, type_: str, data: Mapping[str, object]) -> None:
        await self._uow.session.flush()
        await RunEventRepository(self._uow).append(run.id, type_, data, self._clock.now())
        await self._uow.notify(CHANNEL, format_id("run", run.id))

    async def _enqueue(self, run: Run) -> None:
        await self._uow.enqueue("qa.runs.execute", lock=str(run.id), run_id=str(run.id))

    async def events_after(self, run_id: UUID, seq: int, limit: int = 200) -> Sequence[RunEvent]:
        return await RunEventRepository(self._uow).after(run_id, seq, limit)

    async def check_entitlement(self) -> None:
        """Raises RunNotEntitled: the organization's tier does not include another run now."""
        answer = await self._rpc.call(
            CHECK_ENTITLEMENT,
            billing_pb2.CheckEntitlementRequest(feature=FEATURE, quantity=1),
        )
        if not answer.allowed:
            raise RunNotEntitled(
                answer.reason, tier=answer.tier, cheapest_tier=answer.cheapest_tier
            )


def _seen(objects: FolderObjects, run_id: UUID) -> tuple[list[Operation], dict[str, Vitals]]:
    """The operations that the run saw, and its pages' vitals; none where it discovered nothing."""
    try:
        site = orjson.loads(objects.get(f"{artifacts_of(run_id)}/{SITE}"))
    except ObjectNotFound:
        return [], {}
    return [Operation.model_validate(each) for each in site["api"]], {
        page["url_template"]: Vitals.model_validate(page["vitals"])
        for page in site.get("pages", ())
        if page["vitals"]
    }


def _check_suite(wanted: StartRun) -> None:
    """Raises ValueMissing, InvalidRequest."""
    suite = wanted.suite
    if suite is None:
        return
    signing_in = suite.login.steps if suite.login else ()
    if wanted.read_only and any(step.request for step in signing_in):
        raise InvalidRequest("in a read-only run the suite signs in by its pages: without requests")
    known = {*wanted.secrets, LOGIN_PASSWORD} if wanted.login else {*wanted.secrets}
    missing = [f"the secret {name}" for name in sorted(suite.secrets - known)]
    named = environment_variables(suite.model_dump_json())
    missing += [f"${{{ENVIRONMENT}{name}}}" for name in sorted(named - wanted.variables.keys())]
    if missing:
        place = f"the environment {wanted.environment}" if wanted.environment else "the run"
        raise ValueMissing(f"the suite needs {', '.join(missing)}: {place} has no such value")


def artifacts_of(run_id: UUID) -> str:
    """Prefix of a run's artifacts in the object store."""
    return f"qa/{format_id('run', run_id)}"


def password_context(run_id: UUID) -> str:
    """What the sealed password is bound to."""
    return f"qa.run.sealed_password:{run_id}"


def secrets_context(run_id: UUID) -> str:
    """What the sealed secrets are bound to."""
    return f"qa.run.sealed_secrets:{run_id}"
