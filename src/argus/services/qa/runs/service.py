"""Starting runs, following them, and writing down how they go."""

import ipaddress
from collections.abc import Sequence
from urllib.parse import urlsplit
from uuid import UUID

from argus.contracts.billing.rpc import CHECK_ENTITLEMENT
from argus.contracts.billing.v1 import billing_pb2
from argus.contracts.qa.events import (
    TestRunStarted,
)
from argus.kernel.clock import Clock
from argus.kernel.crypto import Keyring
from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.ids import format_id, new_id
from argus.kernel.rpc.client import Rpc
from argus.services.qa.runs.errors import (
    RunNotEnded,
    RunNotEntitled,
    RunNotFound,
    TargetRefused,
)
from argus.services.qa.runs.models import Run, RunEvent
from argus.services.qa.runs.repository import (
    RunEventRepository,
    RunRepository,
)
from argus.services.qa.runs.schemas import RunState, StartRun

FEATURE = "qa_runs"
CHANNEL = "argus_qa_run"
ENDED = "run_ended"
"""Type of the last event of every run."""


class RunService:
    """Runs of the caller's organization. Never commits: the unit of work does."""

    def __init__(self, uow: UnitOfWork, clock: Clock, keyring: Keyring, rpc: Rpc) -> None:
        self._uow, self._clock, self._keyring, self._rpc = uow, clock, keyring, rpc
        self._runs = RunRepository(uow)

    async def start(self, wanted: StartRun) -> Run:
        """Queue a run, if the organization's tier includes one more.

        The tier is looked at before, and the run is charged when it starts: runs that start in the
        same moment may exceed a limit by their number.

        Raises:
            RunNotEntitled: what the tier includes is used up.
            TargetRefused: not an address that is tested.
        """
        app_url = target_url(wanted.app_url)
        await self._check_entitlement()
        run_id = new_id()
        password = wanted.login.password.get_secret_value() if wanted.login else ""
        run = Run(
            id=run_id,
            organization_id=self._uow.organization_id,
            app_url=app_url,
            status=RunState.QUEUED,
            options=wanted.model_dump(
                mode="json", exclude={"suite": True, "app_url": True, "login": {"password"}}
            ),
            sealed_password=(
                self._keyring.seal(password.encode(), password_context(run_id))
                if password
                else None
            ),
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
        )
        await self._runs.add(run)
        await self._uow.emit(TestRunStarted(run_id=format_id("run", run_id), app_url=app_url))
        await self._uow.enqueue("qa.runs.execute", lock=str(run_id), run_id=str(run_id))
        return run

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

    async def list_newest(self, before: UUID | None, limit: int) -> Sequence[Run]:
        return await self._runs.list_newest(before, limit)

    async def events_after(self, run_id: UUID, seq: int, limit: int = 200) -> Sequence[RunEvent]:
        return await RunEventRepository(self._uow).after(run_id, seq, limit)

    async def _check_entitlement(self) -> None:
        answer = await self._rpc.call(
            CHECK_ENTITLEMENT,
            billing_pb2.CheckEntitlementRequest(feature=FEATURE, quantity=1),
        )
        if not answer.allowed:
            raise RunNotEntitled(
                answer.reason, tier=answer.tier, cheapest_tier=answer.cheapest_tier
            )


def artifacts_of(run_id: UUID) -> str:
    """Prefix of a run's artifacts in the object store."""
    return f"qa/{format_id('run', run_id)}"


def password_context(run_id: UUID) -> str:
    """What the sealed password is bound to."""
    return f"qa.run.sealed_password:{run_id}"


def target_url(text: str) -> str:
    """The address as it will be opened.

    Private and loopback addresses are what a self-hosted tester is for; a cloud's metadata service
    and other link-local addresses are refused here and, after redirects, again by the browser.

    Raises:
        TargetRefused: see there.
    """
    url = urlsplit(text.strip())
    try:
        known_port = url.port is None or url.port > 0
    except ValueError:
        known_port = False
    if url.scheme not in ("http", "https") or not url.hostname or not known_port:
        raise TargetRefused("give an address such as http://127.0.0.1:8000")
    if url.username or url.password:
        raise TargetRefused("give the user by --username, not in the address")
    try:
        address = ipaddress.ip_address(url.hostname)
    except ValueError:
        return url.geturl()
    if address.is_link_local or address.is_multicast or address.is_unspecified:
        raise TargetRefused(f"{address} is not the address of an application")
    return url.geturl()
