"""The job that executes a run; after a crash it goes on from the graph's last checkpoint."""

from uuid import UUID

from pydantic import SecretStr

from argus.kernel.crypto import Keyring
from argus.kernel.errors import ArgusError, InternalError
from argus.kernel.ids import format_id
from argus.kernel.module import JobCall, job
from argus.kernel.objects import FolderObjects
from argus.services.qa.discovery.site import Credentials
from argus.services.qa.execution.browsers import Browsers
from argus.services.qa.execution.execute import Bench
from argus.services.qa.loop.graph import Options, Workbench, go
from argus.services.qa.runs.models import Run
from argus.services.qa.runs.service import RunJournal, charge, password_context
from argus.services.qa.settings import QaSettings

ATTEMPTS = 3


@job("qa.runs.execute", retries=ATTEMPTS)
async def execute_run(call: JobCall, *, run_id: str) -> None:
    """Test an application. A run that has ended is left alone."""
    journal = RunJournal(call, UUID(run_id), call.resources.get(FolderObjects))
    run = await journal.begin()
    if run.status.ended:
        return
    await charge(call, run.id)
    settings = call.resources.get(QaSettings)
    try:
        async with Browsers(settings.browser) as browsers:
            work = _workbench(call, run, browsers, journal, settings)
            suite = {**run.suite, "app_url": run.app_url} if run.suite else None
            await go(work, call.database.conninfo, format_id("run", run.id), suite)
    except ArgusError as error:
        await journal.fail(error)
    except Exception:
        # The queue repeats the job; the last time, whoever waits for the run is told.
        if call.attempt >= ATTEMPTS:
            await journal.fail(InternalError(f"the run failed {ATTEMPTS} times"))
        raise


def _workbench(
    call: JobCall, run: Run, browsers: Browsers, journal: RunJournal, settings: QaSettings
) -> Workbench:
    objects = call.resources.get(FolderObjects)
    credentials = None
    secrets: dict[str, str] = {}
    if run.sealed_password is not None:
        sealed, context = run.sealed_password, password_context(run.id)
        password = call.resources.get(Keyring).open(sealed, context).decode()
        credentials = Credentials(**run.options["login"], password=SecretStr(password))
        secrets["login.password"] = password
    bench = Bench(
        browsers=browsers,
        app_url=run.app_url,
        seed=run.seed,
        evidence=objects.folder(journal.artifacts),
        secrets=secrets,
    )
    options = Options(
        app_url=run.app_url,
        seed=run.seed,
        max_pages=run.options["max_pages"],
        time_budget_s=run.options["time_budget_s"],
        read_only=run.options["read_only"],
        parallel_tests=settings.parallel_tests,
    )
    return Workbench(options, bench, credentials, journal)
