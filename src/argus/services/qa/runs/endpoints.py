"""Runs over HTTP: start, look, follow, fetch what they made."""

import asyncio
import mimetypes
import tempfile
import zipfile
from collections.abc import AsyncGenerator, Generator
from typing import IO, Annotated, Any

from fastapi import Header, Query, Request, Response
from fastapi.responses import StreamingResponse

from argus.contracts.auth.authenticator import RpcAuthenticator
from argus.contracts.permissions import Permission
from argus.kernel.authz import requires
from argus.kernel.crypto import Keyring
from argus.kernel.db.listen import Listener, Wakeup
from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.errors import ArgusError, Forbidden, InvalidRequest, Unauthenticated
from argus.kernel.http import sse
from argus.kernel.http.middleware import credential_of
from argus.kernel.http.problems import problems
from argus.kernel.http.routing import CallDep, service_router
from argus.kernel.http.sse import EventStream
from argus.kernel.ids import format_id
from argus.kernel.module import Call
from argus.kernel.objects import FolderObjects, ObjectNotFound
from argus.services.qa.addresses import TargetRefused
from argus.services.qa.browser.errors import BrowserCrashed, BrowserNotFound
from argus.services.qa.database.dsn import DatabaseRefused
from argus.services.qa.environments.errors import EnvironmentNotFound
from argus.services.qa.ir import Suite
from argus.services.qa.patterns.service import HealingService
from argus.services.qa.reports.comparison import Comparison
from argus.services.qa.reports.printing import PDF, Printer
from argus.services.qa.runs.errors import (
    RunNotEnded,
    RunNotEntitled,
    RunNotFound,
    RunOver,
    ValueMissing,
)
from argus.services.qa.runs.models import Run
from argus.services.qa.runs.schemas import PublicRunId, PublicSuiteId, RunPage, RunView, StartRun
from argus.services.qa.runs.service import CHANNEL, ENDED, WAITING, RunService, artifacts_of

_ARTIFACT_HEADERS = {
    "Content-Security-Policy": (
        "sandbox; default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'"
    )
}
"""A report shows what other applications said: nothing in it may run."""
_PART_BYTES = 1 << 18
_AUTHENTICATE_EVERY_S = 5.0
_STOP_WITHIN_S = 1.0

router = service_router("qa", prefix="/api/v1", tags=["qa"])


@router.post(
    "/qa/runs",
    status_code=202,
    summary="Test a web application",
    responses=problems(
        Unauthenticated,
        Forbidden,
        RunNotEntitled,
        EnvironmentNotFound,
        TargetRefused,
        DatabaseRefused,
        ValueMissing,
        InvalidRequest,
    ),
    dependencies=[requires(Permission.TEST_EXECUTE)],
)
async def start_run(body: StartRun, call: CallDep) -> RunView:
    """Queue a run; follow it at `/api/v1/stream/test/{run_id}`."""
    return RunView.model_validate(await _service(call).start(body))


@router.get(
    "/qa/runs",
    summary="List runs",
    responses=problems(Unauthenticated, Forbidden, InvalidRequest),
    dependencies=[requires(Permission.RESULTS_READ)],
)
async def list_runs(
    call: CallDep,
    cursor: PublicRunId | None = None,
    suite_id: PublicSuiteId | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> RunPage:
    """The newest first; with `suite_id` only replays of that suite.

    `cursor` is the `next_cursor` of the page before.
    """
    found = await _service(call).list_newest(cursor, limit + 1, suite_id=suite_id)
    page = [RunView.model_validate(run) for run in found[:limit]]
    more = len(found) > limit
    return RunPage(runs=page, next_cursor=format_id("run", page[-1].id) if more else None)


@router.get(
    "/qa/runs/{run_id}",
    summary="Look at a run",
    responses=problems(Unauthenticated, Forbidden, RunNotFound, InvalidRequest),
    dependencies=[requires(Permission.RESULTS_READ)],
)
async def get_run(run_id: PublicRunId, call: CallDep) -> RunView:
    """A run's state."""
    return RunView.model_validate(await _service(call).get(run_id))


@router.post(
    "/qa/runs/{run_id}/pause",
    summary="Pause a run",
    responses=problems(Unauthenticated, Forbidden, RunNotFound, RunOver, InvalidRequest),
    dependencies=[requires(Permission.TEST_EXECUTE)],
)
async def pause_run(run_id: PublicRunId, call: CallDep) -> RunView:
    """Stop at the next step, without a worker and without using its time, until it is resumed.

    Tests that have their judgement keep it, and discovery goes on from the screens that it has
    seen; an interrupted test or planning begins anew.
    """
    return RunView.model_validate(await _service(call).pause(run_id))


@router.post(
    "/qa/runs/{run_id}/resume",
    summary="Resume a run",
    responses=problems(Unauthenticated, Forbidden, RunNotFound, RunOver, InvalidRequest),
    dependencies=[requires(Permission.TEST_EXECUTE)],
)
async def resume_run(run_id: PublicRunId, call: CallDep) -> RunView:
    """Go on with a paused run, in the time that was left of its budget."""
    return RunView.model_validate(await _service(call).resume(run_id))


@router.post(
    "/qa/runs/{run_id}/cancel",
    summary="Cancel a run",
    responses=problems(Unauthenticated, Forbidden, RunNotFound, RunOver, InvalidRequest),
    dependencies=[requires(Permission.TEST_EXECUTE)],
)
async def cancel_run(run_id: PublicRunId, call: CallDep) -> RunView:
    """End it for good, without a report; its worker stops at the next step."""
    return RunView.model_validate(await _service(call).cancel(run_id))


@router.get(
    "/qa/runs/{run_id}/report",
    summary="Fetch a run's report",
    responses=problems(Unauthenticated, Forbidden, RunNotFound, RunNotEnded, InvalidRequest),
    dependencies=[requires(Permission.RESULTS_READ)],
)
async def get_run_report(run_id: PublicRunId, call: CallDep) -> dict[str, Any]:
    """The result as JSON, schema 1."""
    return (await _service(call).get_ended(run_id)).report or {}


@router.get(
    "/qa/runs/{run_id}/compare/{other_id}",
    summary="Compare two runs",
    responses=problems(Unauthenticated, Forbidden, RunNotFound, RunNotEnded, InvalidRequest),
    dependencies=[requires(Permission.RESULTS_READ)],
)
async def compare_runs(run_id: PublicRunId, other_id: PublicRunId, call: CallDep) -> Comparison:
    """What the second run has that the first had not: failures, pages, findings, durations, and how
    the API changed that both saw.
    """
    return await _service(call).compare(run_id, other_id, call.resources.get(FolderObjects))


@router.get(
    "/qa/runs/{run_id}/suite",
    summary="Fetch the suite of a run",
    responses=problems(Unauthenticated, Forbidden, RunNotFound, RunNotEnded, InvalidRequest),
    dependencies=[requires(Permission.RESULTS_EXPORT)],
)
async def get_run_suite(run_id: PublicRunId, call: CallDep) -> dict[str, Any]:
    """The planned or replayed tests, with the approved heals in them; holds no secret."""
    run = await _service(call).get_ended(run_id)
    if run.suite is None:
        return {}
    suite = Suite.model_validate(run.suite)
    return (await HealingService(call.uow, call.clock).applied(run.app_url, suite)).model_dump(
        mode="json"
    )


@router.get(
    "/qa/runs/{run_id}/archive",
    summary="Fetch everything a run made",
    response_class=Response,
    responses=problems(Unauthenticated, Forbidden, RunNotFound, RunNotEnded, InvalidRequest),
    dependencies=[requires(Permission.RESULTS_EXPORT)],
)
async def get_run_archive(run_id: PublicRunId, call: CallDep) -> Response:
    """A zip of the HTML report, its screenshots, `report.json` and `junit.xml`.

    The PDF is in it once it has been asked for.
    """
    # A unit of its own, which has ended before the packing, that would keep its connection.
    async with call.uow.database.unit_of_work(call.principal) as uow:
        run = await _service_in(uow, call).get_ended(run_id)
    objects, prefix = call.resources.get(FolderObjects), artifacts_of(run.id)
    packed = await asyncio.to_thread(_pack, objects, prefix)
    return StreamingResponse(_parts(packed), media_type="application/zip")


@router.get(
    "/qa/runs/{run_id}/artifacts/{path:path}",
    summary="Fetch one artifact of a run",
    response_class=Response,
    responses=problems(
        Unauthenticated,
        Forbidden,
        RunNotFound,
        ObjectNotFound,
        BrowserNotFound,
        BrowserCrashed,
        InvalidRequest,
    ),
    dependencies=[requires(Permission.RESULTS_READ)],
)
async def get_run_artifact(run_id: PublicRunId, path: str, call: CallDep) -> Response:
    """A file of the report: `index.html`, a screenshot, `junit.xml`.

    `report.pdf` is printed when it is first asked for, which takes some seconds.
    """
    # A unit of its own, which has ended before a print that would keep its connection.
    async with call.uow.database.unit_of_work(call.principal) as uow:
        run = await _service_in(uow, call).get(run_id)
    if path == PDF and run.status.ended:
        content = await call.resources.get(Printer).pdf(artifacts_of(run.id))
    else:
        objects = call.resources.get(FolderObjects)
        content = await asyncio.to_thread(objects.get, f"{artifacts_of(run.id)}/{path}")
    media_type = mimetypes.guess_type(path, strict=False)[0] or "application/octet-stream"
    return Response(content, media_type=media_type, headers=_ARTIFACT_HEADERS)


@router.get(
    "/stream/test/{run_id}",
    summary="Follow a run",
    status_code=200,  # FastAPI would look for one in the constructor
    response_class=EventStream,
    responses=problems(Unauthenticated, Forbidden, RunNotFound, InvalidRequest),
    dependencies=[requires(Permission.RESULTS_READ)],
)
async def stream_run(
    run_id: PublicRunId,
    call: CallDep,
    request: Request,
    last_event_id: Annotated[int, Header(ge=0)] = 0,
) -> EventStream:
    """Server-sent events from after `Last-Event-ID` on; ends with the event `run_ended`.

    Each event's id is its number in the run, so a broken stream is resumed without loss. In between
    `run_waiting`, with the number of the event before, says that no worker is there. The stream
    also ends within 10 s of the credential: renew it, and resume. So it does with the server, which
    another one may replace.
    """
    return follow(call, await _service(call).get(run_id), request, last_event_id)


def follow(call: Call, run: Run, request: Request, last_event_id: int) -> EventStream:
    """The run's events from after that one on, as long as the request's credential lives."""
    presented = credential_of(request.headers)
    assert presented is not None  # who reads results has authenticated
    return EventStream(_events(call, run, last_event_id, presented))


async def _events(
    call: Call, run: Run, last: int, presented: tuple[str, str]
) -> AsyncGenerator[bytes]:
    listener, database = call.resources.get(Listener), call.uow.database
    authenticator, now = RpcAuthenticator(call.rpc), asyncio.get_running_loop().time
    authenticated_at, stopping = now(), call.resources.get(asyncio.Event)
    async with listener.subscribe(CHANNEL, format_id("run", run.id)) as wakeup:
        while not stopping.is_set():
            if now() - authenticated_at >= _AUTHENTICATE_EVERY_S:
                try:
                    principal = await authenticator.authenticate(*presented, call.principal.address)
                except ArgusError:
                    return
                if Permission.RESULTS_READ.value not in principal.permissions:
                    return
                authenticated_at = now()
            async with database.unit_of_work(call.principal) as uow:
                service = _service_in(uow, call)
                events = await service.events_after(run.id, last)
                lacking = not events and await service.lacks_worker(run.id)
            for event in events:
                last = event.seq
                yield sse.event(event.type, {"at": event.at, **event.data}, last)
                if event.type == ENDED:
                    return
            if lacking:
                yield sse.event(WAITING, {"for": "a worker"}, last)
            if not events and not await _news(wakeup, stopping):
                yield sse.HEARTBEAT


async def _news(wakeup: Wakeup, stopping: asyncio.Event) -> bool:
    """Wait until the run has news or the server stops; False after a while of neither."""
    waiting_since = asyncio.get_running_loop().time()
    while asyncio.get_running_loop().time() - waiting_since < _AUTHENTICATE_EVERY_S:
        if stopping.is_set() or await wakeup.wait(_STOP_WITHIN_S):
            return True
    return False


def _service(call: Call) -> RunService:
    return _service_in(call.uow, call)


def _service_in(uow: UnitOfWork, call: Call) -> RunService:
    return RunService(uow, call.clock, call.resources.get(Keyring), call.rpc)


def _pack(objects: FolderObjects, prefix: str) -> IO[bytes]:
    """The objects as a zip in a file of its own: a run may have made more than memory should hold.

    Blocks.
    """
    packed = tempfile.TemporaryFile()  # noqa: SIM115 - who reads it closes it
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for key in objects.keys(prefix):
            archive.writestr(key, objects.get(f"{prefix}/{key}"))
    packed.seek(0)
    return packed


def _parts(packed: IO[bytes]) -> Generator[bytes]:
    with packed:
        while part := packed.read(_PART_BYTES):
            yield part
