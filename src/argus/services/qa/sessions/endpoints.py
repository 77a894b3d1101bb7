"""Discovery sessions over HTTP: runs that look at an application and test nothing."""

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import Header, Query, Request, Response

from argus.contracts.permissions import Permission
from argus.kernel.authz import requires
from argus.kernel.crypto import Keyring
from argus.kernel.errors import Forbidden, InvalidRequest, Unauthenticated
from argus.kernel.http.problems import problems
from argus.kernel.http.routing import CallDep, service_router
from argus.kernel.http.sse import EventStream
from argus.kernel.ids import format_id
from argus.kernel.objects import FolderObjects
from argus.services.qa.addresses import TargetRefused
from argus.services.qa.environments.errors import EnvironmentNotFound
from argus.services.qa.runs.endpoints import follow
from argus.services.qa.runs.errors import (
    RunNotEnded,
    RunNotEntitled,
    RunNotFound,
    RunOver,
)
from argus.services.qa.runs.models import Run
from argus.services.qa.runs.schemas import Goal, PublicRunId, RunView, StartRun
from argus.services.qa.runs.service import SITE, RunService, artifacts_of
from argus.services.qa.sessions.schemas import SessionPage, SessionView, StartSession

router = service_router("qa", prefix="/api/v1/discovery/sessions", tags=["qa"])

_READ = requires(Permission.RESULTS_READ)
_EXECUTE = requires(Permission.TEST_EXECUTE)
_STEERING = problems(Unauthenticated, Forbidden, RunNotFound, RunOver, InvalidRequest)


@router.post(
    "",
    status_code=202,
    summary="Discover a web application",
    responses=problems(
        Unauthenticated,
        Forbidden,
        RunNotEntitled,
        EnvironmentNotFound,
        TargetRefused,
        InvalidRequest,
    ),
    dependencies=[_EXECUTE],
)
async def start_discovery(body: StartSession, call: CallDep) -> SessionView:
    """Queue a session; it is charged as a run."""
    given = {name: getattr(body, name) for name in body.model_fields_set}
    wanted = StartRun.parse({**given, "goal": Goal.DISCOVER})
    return SessionView.model_validate(await _service(call).start(wanted))


@router.get(
    "",
    summary="List discovery sessions",
    responses=problems(Unauthenticated, Forbidden, InvalidRequest),
    dependencies=[_READ],
)
async def list_discoveries(
    call: CallDep,
    cursor: PublicRunId | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> SessionPage:
    """The newest first. `cursor` is the `next_cursor` of the page before."""
    found = await _service(call).list_newest(cursor, limit + 1, goal=Goal.DISCOVER)
    page = [RunView.model_validate(run) for run in found[:limit]]
    more = len(found) > limit
    return SessionPage(sessions=page, next_cursor=format_id("run", page[-1].id) if more else None)


@router.get(
    "/{session_id}",
    summary="Look at a discovery session",
    responses=problems(Unauthenticated, Forbidden, RunNotFound, InvalidRequest),
    dependencies=[_READ],
)
async def get_discovery(session_id: PublicRunId, call: CallDep) -> SessionView:
    """Its state and, at the end, the pages that it found."""
    return SessionView.model_validate(await _session(call, session_id))


@router.get(
    "/{session_id}/site",
    summary="Fetch what a discovery session found",
    response_class=Response,
    responses=problems(Unauthenticated, Forbidden, RunNotFound, RunNotEnded, InvalidRequest),
    dependencies=[_READ],
)
async def get_discovered_site(session_id: PublicRunId, call: CallDep) -> Response:
    """Pages, states, the actions between them, forms, lists and findings, as JSON."""
    await _session(call, session_id)
    run = await _service(call).get_ended(session_id)
    key = f"{artifacts_of(run.id)}/{SITE}"
    content = await asyncio.to_thread(call.resources.get(FolderObjects).get, key)
    return Response(content, media_type="application/json")


@router.post(
    "/{session_id}/pause",
    summary="Pause a discovery session",
    responses=_STEERING,
    dependencies=[_EXECUTE],
)
async def pause_discovery(session_id: PublicRunId, call: CallDep) -> RunView:
    """Stop at the next screen, without a worker, until it is resumed; it goes on from there then,
    in the time that is left.
    """
    await _session(call, session_id)
    return RunView.model_validate(await _service(call).pause(session_id))


@router.post(
    "/{session_id}/resume",
    summary="Resume a discovery session",
    responses=_STEERING,
    dependencies=[_EXECUTE],
)
async def resume_discovery(session_id: PublicRunId, call: CallDep) -> RunView:
    """Go on with a paused session."""
    await _session(call, session_id)
    return RunView.model_validate(await _service(call).resume(session_id))


@router.post(
    "/{session_id}/cancel",
    summary="Cancel a discovery session",
    responses=_STEERING,
    dependencies=[_EXECUTE],
)
async def cancel_discovery(session_id: PublicRunId, call: CallDep) -> RunView:
    """End it for good; what it found so far is lost."""
    await _session(call, session_id)
    return RunView.model_validate(await _service(call).cancel(session_id))


@router.get(
    "/{session_id}/stream",
    status_code=200,
    summary="Follow a discovery session",
    response_class=EventStream,
    responses=problems(Unauthenticated, Forbidden, RunNotFound, InvalidRequest),
    dependencies=[_READ],
)
async def stream_discovery(
    session_id: PublicRunId,
    call: CallDep,
    request: Request,
    last_event_id: Annotated[int, Header(ge=0)] = 0,
) -> EventStream:
    """Server-sent events, as of `/api/v1/stream/test/{run_id}`."""
    return follow(call, await _session(call, session_id), request, last_event_id)


async def _session(call: CallDep, session_id: UUID) -> Run:
    """Raises RunNotFound: also where the run is more than a session."""
    run = await _service(call).get(session_id)
    if run.goal is not Goal.DISCOVER:
        raise RunNotFound
    return run


def _service(call: CallDep) -> RunService:
    return RunService(call.uow, call.clock, call.resources.get(Keyring), call.rpc)
