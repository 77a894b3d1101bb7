"""Composition of the QA service."""

import time

from argus.kernel.cache import Cache
from argus.kernel.module import Module, Platform
from argus.kernel.objects import FolderObjects
from argus.kernel.patience import alongside
from argus.kernel.resources import Resources
from argus.services.qa.environments import consumers as environment_consumers
from argus.services.qa.environments import endpoints as environments
from argus.services.qa.language_models.router import ModelRouter
from argus.services.qa.language_models.settings import ModelSettings
from argus.services.qa.patterns import endpoints as healing
from argus.services.qa.reports.printing import Printer
from argus.services.qa.retention import Retention
from argus.services.qa.runs import consumers as run_consumers
from argus.services.qa.runs import endpoints, rpc
from argus.services.qa.schedules import consumers as schedule_consumers
from argus.services.qa.schedules import endpoints as schedules
from argus.services.qa.schedules.jobs import DueTimes, start_scheduled
from argus.services.qa.sessions import endpoints as sessions
from argus.services.qa.settings import QaSettings
from argus.services.qa.suites import endpoints as suites
from argus.services.qa.worker import jobs


def build(platform: Platform) -> Module:
    """Autonomous QA: runs, and the loop that they go through."""
    settings = QaSettings(browser_cache=platform.settings.home / "browsers")
    objects = FolderObjects(platform.settings.home / "artifacts")
    due_times = DueTimes(platform.database, platform.keyring, platform.rpc)

    return Module(
        name="qa",
        database=platform.database,
        resources=Resources(
            settings,
            platform.keyring,
            platform.listener,
            objects,
            Printer(objects, settings),
            due_times,
            platform.stopping,
            ModelRouter(
                ModelSettings(),
                Cache[str]("model_answers", platform.listener, None, fresh_s=86_400),
                time.monotonic,
            ),
        ),
        routers=[
            endpoints.router,
            healing.router,
            suites.router,
            schedules.router,
            sessions.router,
            environments.router,
        ],
        rpcs=[rpc.start_run_rpc, rpc.get_run_rpc],
        consumers=[
            environment_consumers.delete_environments_of_organization,
            schedule_consumers.delete_schedules_of_organization,
            run_consumers.cancel_runs_of_organization,  # after what starts them is gone
        ],
        jobs=[jobs.execute_run, start_scheduled],
        lifespan=lambda: alongside(due_times.run()),
        tidy=Retention(platform.database, objects, settings).tidy,
    )
