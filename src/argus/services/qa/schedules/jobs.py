"""Schedules that are due: found by a clock in every process, started by the job queue."""

import asyncio
from datetime import datetime
from uuid import UUID

import structlog

from argus.kernel.crypto import Keyring
from argus.kernel.db.unit_of_work import UNREACHABLE, Database
from argus.kernel.module import JobCall, job
from argus.kernel.principal import system
from argus.kernel.rpc.client import Rpc
from argus.services.qa.schedules.service import START, ScheduleService

INTERVAL_S = 20.0
"""How late a schedule may be noticed."""

_log = structlog.get_logger(__name__)


class DueTimes:
    """Queues the schedules that are due. Every process has one; each due time is queued once."""

    def __init__(self, database: Database, keyring: Keyring, rpc: Rpc) -> None:
        self._database, self._keyring, self._rpc = database, keyring, rpc

    async def run(self) -> None:
        """Do it until cancelled."""
        while True:
            await asyncio.sleep(INTERVAL_S)
            try:
                while await self.run_once():
                    pass
            except UNREACHABLE as error:
                _log.warning("qa.schedules.postponed", error=str(error))

    async def run_once(self) -> int:
        """Queue what is due by the clock; how many schedules that were."""
        reason = "one clock for the schedules of all organizations"
        async with self._database.unit_of_work(system("qa"), unscoped=reason) as uow:
            service = ScheduleService(uow, self._database.clock, self._keyring, self._rpc)
            return await service.enqueue_due()


@job(START)
async def start_scheduled(call: JobCall, *, schedule_id: str, due_at: str) -> None:
    """Start the run of one due time."""
    async with call.unit_of_work() as uow:
        service = ScheduleService(uow, call.clock, call.resources.get(Keyring), call.rpc)
        await service.start(UUID(schedule_id), datetime.fromisoformat(due_at))
