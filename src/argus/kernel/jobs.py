"""Background jobs on Procrastinate, in the service's own schema.

A job is enqueued in the transaction that makes it needed (`UnitOfWork.enqueue`) and runs at least
once. The worker's heartbeat tells a killed worker's jobs from running ones; they are given back.
A job that lost its worker or the database is repeated until it had both; one that fails of itself,
`retries` times.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, cast
from uuid import UUID

import structlog
from procrastinate import App, BaseRetryStrategy, JobContext, PsycopgConnector, RetryDecision
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job as QueuedJob
from psycopg import OperationalError
from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from argus.kernel import context
from argus.kernel.db.connection import PatientConnection
from argus.kernel.db.unit_of_work import conninfo_of
from argus.kernel.ids import OrganizationId, format_id, new_id
from argus.kernel.module import JobCall, Module
from argus.kernel.principal import system

if TYPE_CHECKING:
    from procrastinate.worker import Worker
    from psycopg import AsyncConnection

    from argus.kernel.module import Job
    from argus.kernel.rpc.client import Rpc

HEARTBEAT_S = 4.0
STALLED_S = 12.0
_PAUSE_S = 1.0

_log = structlog.get_logger(__name__)


class JobQueue:
    """The queue of one service: `defer` inside a transaction, `work` in a worker process."""

    def __init__(self, service: str, url: URL) -> None:
        self._service = service
        self._running: set[int | None] = set()
        """Ids of the jobs that run in this process."""
        self._app = App(
            connector=PsycopgConnector(
                conninfo=conninfo_of(url, service),
                connection_class=PatientConnection,
                configure=_autocommit,
                min_size=1,
                max_size=4,
                timeout=10,
            )
        )

    async def defer(
        self,
        connection: "AsyncConnection",
        name: str,
        *,
        lock: str | None,
        queueing_lock: str | None,
        organization_id: str,
        ids: dict[str, str],
    ) -> None:
        """Insert a job on `connection`, that is in its transaction."""
        await self._app.configure_task(
            name, connection=connection, lock=lock, queueing_lock=queueing_lock
        ).defer_async(organization_id=organization_id, **ids)

    async def work(self, module: Module, rpc: "Rpc", *, concurrency: int) -> None:
        """Run the module's jobs until cancelled, again whenever the database comes back.

        Gives back the jobs of workers that died, and those that ran while the database was lost.
        """
        self._register(module, rpc)
        task = asyncio.current_task()
        assert task is not None
        while not task.cancelling():
            try:
                await self._work_while_connected(concurrency)
            except* (ConnectorException, OperationalError) as lost:
                _log.warning("jobs.lost", service=self._service, error=repr(lost.exceptions))
            await asyncio.sleep(_PAUSE_S)
        raise asyncio.CancelledError

    async def _work_while_connected(self, concurrency: int) -> None:
        try:
            await self._app.open_async()
            async with asyncio.TaskGroup() as group:
                giving_back = group.create_task(self._give_back_stalled())
                await self._app.run_worker_async(
                    concurrency=concurrency,
                    name=f"{self._service}-worker",
                    install_signal_handlers=False,
                    update_heartbeat_interval=HEARTBEAT_S,
                    stalled_worker_timeout=STALLED_S,
                    shutdown_graceful_timeout=5,
                    delete_jobs="successful",
                    worker_middleware=[self._watched],
                )
                giving_back.cancel()
        finally:
            await self._app.close_async()

    async def work_off(self, module: Module, rpc: "Rpc") -> None:
        """Run what is queued until nothing is left to run now."""
        self._register(module, rpc)
        async with self._app.open_async():
            await self._app.run_worker_async(
                wait=False, listen_notify=False, install_signal_handlers=False
            )

    def _register(self, module: Module, rpc: "Rpc") -> None:
        for job in module.jobs:
            self._app.tasks.pop(job.name, None)  # pyright: ignore[reportUnknownMemberType]
            self._app.task(
                name=job.name,
                pass_context=True,
                retry=_Retry(job.retries),
            )(_runner(module, rpc, job))

    async def _watched(
        self, run: Callable[[], Awaitable[object]], job_context: JobContext, worker: "Worker"
    ) -> object:
        """Run a job, and stop the worker if it lost the database.

        What became of its other jobs is not known then. The queue starts another worker, which
        takes over what this one leaves.
        """
        self._running.add(job_context.job.id)
        try:
            return await run()
        except BaseException as error:
            if lost_database(error):
                worker.stop()
            raise
        finally:
            self._running.discard(job_context.job.id)

    async def _give_back_stalled(self) -> None:
        manager = self._app.job_manager
        while True:
            for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_S):
                if job.id in self._running:  # this process was too busy for its own heartbeat
                    continue
                try:
                    await manager.retry_job(job)
                except ConnectorException:  # another worker was quicker
                    continue
                _log.warning("job.given_back", job=job.task_name, id=job.id)
            await asyncio.sleep(HEARTBEAT_S)


async def _autocommit(connection: "AsyncConnection") -> None:
    """Each statement of the queue is a transaction of its own: spare two round trips for it."""
    await connection.set_autocommit(True)


def lost_database(error: BaseException) -> bool:
    """Whether `error`, or an error of its group, tells that the database did not answer."""
    if isinstance(error, BaseExceptionGroup):
        parts = cast("BaseExceptionGroup[BaseException]", error).exceptions
        return any(lost_database(part) for part in parts)
    return isinstance(error, OperationalError | PoolTimeout) or (
        isinstance(error, DBAPIError) and isinstance(error.orig, OperationalError)
    )


class _Retry(BaseRetryStrategy):
    def __init__(self, retries: int) -> None:
        self._retries = retries

    def get_retry_decision(
        self, *, exception: BaseException, job: QueuedJob
    ) -> RetryDecision | None:
        if isinstance(exception, asyncio.CancelledError) or lost_database(exception):
            return RetryDecision(retry_in={"seconds": 1})
        if job.attempts >= self._retries:
            return None
        return RetryDecision(retry_in={"seconds": 2 ** (job.attempts + 1)})


def _runner(module: Module, rpc: "Rpc", job: "Job") -> Callable[..., Awaitable[None]]:
    async def run(job_context: JobContext, *, organization_id: str, **ids: str) -> None:
        tenant = OrganizationId(UUID(organization_id)) if organization_id else None
        principal = system(module.name, tenant)
        context.service.set(module.name)
        context.principal.set(principal)
        context.request_id.set(format_id("req", new_id()))
        attempt = job_context.job.attempts + 1
        call = JobCall(
            module.database, principal, module.database.clock, module.resources, rpc, attempt
        )
        try:
            await job.run(call, **ids)
        except Exception:
            # The outermost handler of jobs: the queue repeats it, the log says why it had to.
            _log.exception("job.failed", job=job.name, attempt=attempt, of=job.retries)
            raise

    return run
