"""The jobs of the QA service."""

from uuid import UUID

from argus.kernel.crypto import Keyring
from argus.kernel.module import JobCall, job
from argus.services.qa.runs.errors import WorkerIncomplete
from argus.services.qa.runs.service import RunService

ATTEMPTS = 5
"""How often a run may fail of itself, and half as often as it may lose its worker or database."""


@job("qa.runs.execute", retries=ATTEMPTS)
async def execute_run(call: JobCall, *, run_id: str) -> None:
    """Execute a run, or go on with it."""
    # LangGraph and the browser take seconds to import, and a server never executes a run.
    try:
        from argus.services.qa.worker.execution import execute  # noqa: PLC0415
    except ImportError as error:
        # What tells of all other failures is not there: the last time, whoever waits is told here.
        if call.attempt >= ATTEMPTS:
            async with call.unit_of_work() as uow:
                service = RunService(uow, call.clock, call.resources.get(Keyring), call.rpc)
                await service.give_up(UUID(run_id), WorkerIncomplete(str(error)))
        raise
    await execute(call, UUID(run_id), ATTEMPTS)
