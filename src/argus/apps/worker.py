"""The worker process: relays events to their consumers and runs the services' jobs."""

import asyncio
import gc
from collections.abc import Sequence

import structlog

from argus.apps.compose import compose
from argus.kernel.clock import SystemClock
from argus.kernel.crypto import load_keyring
from argus.kernel.patience import end
from argus.kernel.processes import on_stop
from argus.kernel.relay import Relay
from argus.kernel.settings import KernelSettings
from argus.kernel.telemetry import configure_logging, configure_tracing
from argus.services import WORKED

_log = structlog.get_logger(__name__)


async def work(settings: KernelSettings, services: Sequence[str] = WORKED) -> None:
    """Relay and work until SIGINT or SIGTERM; jobs that do not end in 5 s are given back.

    Only a worker of all of `WORKED` relays: events must reach the consumers of every one of them.
    """
    configure_logging(settings.log_level, json_lines=settings.log_json)
    configure_tracing("argus-worker")
    stop = asyncio.Event()
    on_stop(stop.set)
    async with compose(settings, load_keyring(settings), SystemClock(), services) as composition:
        relay = Relay(composition.modules, composition.rpc, composition.listener)
        async with asyncio.TaskGroup() as tasks:
            running = [
                tasks.create_task(composition.listener.run()),
                *([tasks.create_task(relay.run())] if set(services) >= set(WORKED) else []),
                *(
                    tasks.create_task(
                        module.database.jobs.work(
                            module, composition.rpc, concurrency=settings.worker_concurrency
                        )
                    )
                    for module in composition.modules
                    if module.jobs and module.database.jobs is not None
                ),
            ]
            gc.freeze()  # it stays until the end: looking through it then takes a second
            _log.info("worker.started", services=list(services))
            await stop.wait()
            await end(running)
