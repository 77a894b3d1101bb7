"""Composition of the QA service."""

from argus.kernel.module import Module, Platform
from argus.kernel.objects import FolderObjects
from argus.kernel.resources import Resources
from argus.services.qa.patterns import endpoints as healing
from argus.services.qa.runs import endpoints, rpc
from argus.services.qa.settings import QaSettings
from argus.services.qa.worker import jobs


def build(platform: Platform) -> Module:
    """Autonomous QA: runs, and the loop that they go through."""
    return Module(
        name="qa",
        database=platform.database,
        resources=Resources(
            QaSettings(browser_cache=platform.settings.home / "browsers"),
            platform.keyring,
            platform.listener,
            FolderObjects(platform.settings.home / "artifacts"),
        ),
        routers=[endpoints.router, healing.router],
        rpcs=[rpc.start_run_rpc, rpc.get_run_rpc],
        jobs=[jobs.execute_run],
    )
