"""Executing a run; after a crash it goes on from the graph's last checkpoint."""

from collections.abc import Mapping
from uuid import UUID

from pydantic import SecretStr

from argus.contracts.billing.rpc import RECORD_USAGE
from argus.contracts.billing.v1 import billing_pb2
from argus.kernel.crypto import Keyring
from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.errors import ArgusError, InternalError, Unavailable
from argus.kernel.ids import OrganizationId, format_id
from argus.kernel.jobs import lost_database
from argus.kernel.module import JobCall
from argus.kernel.objects import FolderObjects
from argus.services.qa.browser.launch import find_browser
from argus.services.qa.database.reading import ApplicationDatabase
from argus.services.qa.discovery.site import Credentials, Role
from argus.services.qa.execution.browsers import Browsers
from argus.services.qa.execution.execute import Bench
from argus.services.qa.execution.masking import Mask
from argus.services.qa.execution.recording import Recordings
from argus.services.qa.ir import Action, Flow, Phase, Suite, VariableKind
from argus.services.qa.language_models.budget import Budget
from argus.services.qa.language_models.router import ModelRouter, RunAdvisor
from argus.services.qa.loop.graph import Options, Workbench, forget, go
from argus.services.qa.outcome import Category, Severity, TestStatus
from argus.services.qa.patterns.service import HealingService
from argus.services.qa.runs.models import Run
from argus.services.qa.runs.repository import RunEventRepository, TestResultRepository, alone
from argus.services.qa.runs.schemas import Goal, RunState
from argus.services.qa.runs.service import FEATURE, password_context, secrets_context
from argus.services.qa.settings import QaSettings
from argus.services.qa.target import LocatorKind
from argus.services.qa.target_secrets import open_secrets, with_secrets
from argus.services.qa.templates import ENVIRONMENT
from argus.services.qa.triage.flakiness import FlakyDetector
from argus.services.qa.worker.journal import RunInterrupted, RunJournal, cost_of

_WORDS = (*Action, *Category, *Flow, *LocatorKind, *Phase, *Severity, *TestStatus, *VariableKind)
"""What results and suites are made of."""

REMEMBERED_RUNS = 10
"""So many of the latest runs of an application say how steady its tests are."""


async def execute(call: JobCall, run_id: UUID, attempts: int) -> None:
    """Test an application; goes on where an earlier execution was interrupted.

    A run that has ended or is paused is left alone, and one that another worker executes is waited
    for. Of one that was cancelled no checkpoints are left.
    """
    journal = RunJournal(call, run_id, call.resources.get(FolderObjects))
    async with alone(call.database, run_id):
        run = await journal.begin()
        if run.status is RunState.CANCELLED:
            await forget(call.database.conninfo, format_id("run", run.id))
            await journal.forget()
        if run.status is not RunState.RUNNING:
            return
        if call.attempt > 2 * attempts:
            await journal.fail(InternalError(f"the run was interrupted {call.attempt - 1} times"))
            return
        try:
            await _charge(call, run.id)
            if run.goal is Goal.API:
                await _test_api(call, run, journal)
            else:
                await _test(call, run, journal)
        except RunInterrupted:
            return
        except ArgusError as error:
            if isinstance(error, Unavailable) and call.attempt < attempts:
                raise
            await journal.fail(error)
        except Exception as error:
            # The queue repeats the job; the last time, whoever waits for the run is told.
            if call.attempt >= attempts and not lost_database(error):
                await journal.fail(InternalError())
            raise


async def _test_api(call: JobCall, run: Run, journal: RunJournal) -> None:
    # Schemathesis takes most of a second to import, and most runs test no API.
    from argus.services.qa.worker.api_run import test_api  # noqa: PLC0415

    await test_api(run, journal, _secrets(call, run))


async def _test(call: JobCall, run: Run, journal: RunJournal) -> None:
    settings = call.resources.get(QaSettings)
    browser = find_browser(settings.browser, settings.browser_cache)
    async with Browsers(browser) as browsers:
        work = _workbench(call, run, browsers, journal, settings)
        suite = None
        async with call.unit_of_work() as uow:
            healing = HealingService(uow, call.clock)
            work.bench.patterns = await healing.patterns_of(run.app_url)
            work.bench.advisor = journal.advisor = await _advisor(call, uow, run, journal)
            history = await TestResultRepository(uow).history(run.app_url, REMEMBERED_RUNS)
            if run.suite:
                asked = Suite.model_validate({**run.suite, "app_url": run.app_url})
                suite = (await healing.applied(run.app_url, asked)).model_dump(mode="json")
        work.records = await work.ledger.charge(FlakyDetector(), history, work.left_s())
        await go(work, call.database.conninfo, format_id("run", run.id), suite)


def _workbench(
    call: JobCall, run: Run, browsers: Browsers, journal: RunJournal, settings: QaSettings
) -> Workbench:
    objects = call.resources.get(FolderObjects)
    credentials, secrets = None, _secrets(call, run)
    journal.mask = Mask(secrets.values(), shown=_shown(run))
    if password := secrets.get("login.password"):
        credentials = Credentials(**run.options["login"], password=SecretStr(password))
    bench = Bench(
        browsers=browsers,
        app_url=run.app_url,
        seed=run.seed,
        evidence=objects.folder(journal.artifacts),
        recordings=Recordings(objects.folder(journal.artifacts)),
        secrets=secrets,
        variables={
            f"{ENVIRONMENT}{name}": value
            for name, value in run.options.get("variables", {}).items()
        },
        read_only=run.options["read_only"],
        roles=_roles(run, secrets),
    )
    options = Options(
        app_url=run.app_url,
        seed=run.seed,
        max_pages=run.options["max_pages"],
        time_budget_s=run.options["time_budget_s"] - run.spent_s,
        read_only=run.options["read_only"],
        parallel_tests=settings.parallel_tests,
        goal=run.goal,
        surfaces=run.options.get("surfaces", ()),
        wishes=run.options.get("wishes", ()),
        exclude=run.options.get("exclude", ()),
    )
    work = Workbench(options, bench, credentials, journal)
    work.ledger, work.memory = journal.ledger, journal.memory
    if dsn := secrets.get("database"):
        work.database = bench.database = ApplicationDatabase(dsn, settings.sqlite_folder)
    return work


def _roles(run: Run, secrets: Mapping[str, str]) -> tuple[Role, ...]:
    return tuple(
        Role(name=role["name"], login=role["login"] and Credentials(**role["login"]))
        for role in with_secrets(run.options, secrets)["roles"]
    )


def _shown(run: Run) -> list[str]:
    """What is no secret, whatever the password is: names of users, and words of our own."""
    users = [run.options.get("login"), *(role["login"] for role in run.options["roles"])]
    return [run.app_url, *(user["username"] for user in users if user), *_WORDS]


def _secrets(call: JobCall, run: Run) -> dict[str, str]:
    """What was sealed for the run, by name."""
    keyring = call.resources.get(Keyring)
    secrets = open_secrets(run.sealed_secrets, keyring, secrets_context(run.id))
    if run.sealed_password is not None:
        password = keyring.open(run.sealed_password, password_context(run.id))
        secrets["login.password"] = password.decode()
    return secrets


async def _advisor(
    call: JobCall, uow: UnitOfWork, run: Run, journal: RunJournal
) -> RunAdvisor | None:
    """Whom the run may ask, with what earlier executions of it have left of its budget."""
    router = call.resources.get(ModelRouter)
    if not router.candidates:
        return None
    spent = cost_of(await RunEventRepository(uow).after(run.id, 0))
    organization = OrganizationId(run.organization_id)
    return RunAdvisor(router, organization, Budget(router.run_budget_usd, spent), journal.event)


async def _charge(call: JobCall, run_id: UUID) -> None:
    """Record the run as usage; once, however often a run is begun."""
    await call.rpc.call(
        RECORD_USAGE,
        billing_pb2.RecordUsageRequest(
            events=[
                billing_pb2.UsageEvent(
                    id=format_id("run", run_id), source="argus.qa", meter=FEATURE, quantity=1
                )
            ],
        ),
    )
