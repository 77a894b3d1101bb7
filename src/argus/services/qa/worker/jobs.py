"""The jobs of the QA service."""

from uuid import UUID

from argus.kernel.module import JobCall, job

ATTEMPTS = 5
"""How often a run may fail of itself, and half as often as it may lose its worker or database."""


@job("qa.runs.execute", retries=ATTEMPTS)
async def execute_run(call: JobCall, *, run_id: str) -> None:
    """Execute a run, or go on with it."""
    # LangGraph and the browser take seconds to import, and a server never executes a run.
    from argus.services.qa.worker.execution import execute  # noqa: PLC0415

    await execute(call, UUID(run_id), ATTEMPTS)
