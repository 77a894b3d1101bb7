"""Schedules over HTTP."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Header, Query, Request

from argus.contracts.permissions import Permission
from argus.kernel.authz import public, requires
from argus.kernel.crypto import Keyring
from argus.kernel.errors import Forbidden, InvalidRequest, Unauthenticated
from argus.kernel.http.problems import problems
from argus.kernel.http.routing import CallDep, service_router
from argus.kernel.ids import format_id
from argus.services.qa.addresses import TargetRefused
from argus.services.qa.database.dsn import DatabaseRefused
from argus.services.qa.environments.errors import EnvironmentNotFound
from argus.services.qa.schedules.errors import CronInvalid, ScheduleNotFound
from argus.services.qa.schedules.models import ScheduleRow
from argus.services.qa.schedules.schemas import (
    CreatedSchedule,
    Deployment,
    NewSchedule,
    PublicScheduleId,
    SchedulePage,
    ScheduleView,
)
from argus.services.qa.schedules.service import ScheduleService
from argus.services.qa.schedules.times import times
from argus.services.qa.suites.errors import SuiteNotFound

_SHOWN = 3
"""So many of its next times are shown with a schedule."""

router = service_router("qa", prefix="/api/v1/qa/schedules", tags=["qa"])

_READ = requires(Permission.TEST_READ)
_WRITE = requires(Permission.TEST_EXECUTE)
_REFUSALS = problems(Unauthenticated, Forbidden, ScheduleNotFound, InvalidRequest)


@router.post(
    "",
    status_code=201,
    summary="Create a schedule",
    responses=problems(
        Unauthenticated,
        Forbidden,
        SuiteNotFound,
        EnvironmentNotFound,
        CronInvalid,
        TargetRefused,
        DatabaseRefused,
        InvalidRequest,
    ),
    dependencies=[_WRITE],
)
async def create_schedule(body: NewSchedule, call: CallDep) -> CreatedSchedule:
    """Runs start at its times, and when a deploy is announced with the secret, shown only here."""
    schedule, secret = await _service(call).create(body)
    return CreatedSchedule(**_shown(schedule, call.clock.now()), deploy_secret=secret)


@router.get(
    "",
    summary="List schedules",
    responses=problems(Unauthenticated, Forbidden, InvalidRequest),
    dependencies=[_READ],
)
async def list_schedules(
    call: CallDep,
    cursor: PublicScheduleId | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> SchedulePage:
    """The newest first. `cursor` is the `next_cursor` of the page before."""
    found = await _service(call).list_newest(cursor, limit + 1)
    page = [ScheduleView(**_shown(schedule, call.clock.now())) for schedule in found[:limit]]
    more = len(found) > limit
    return SchedulePage(
        schedules=page, next_cursor=format_id("sched", page[-1].id) if more else None
    )


@router.get(
    "/{schedule_id}", summary="Look at a schedule", responses=_REFUSALS, dependencies=[_READ]
)
async def get_schedule(schedule_id: PublicScheduleId, call: CallDep) -> ScheduleView:
    """When it runs next, and what became of the last time."""
    return ScheduleView(**_shown(await _service(call).get(schedule_id), call.clock.now()))


@router.post(
    "/{schedule_id}/pause", summary="Pause a schedule", responses=_REFUSALS, dependencies=[_WRITE]
)
async def pause_schedule(schedule_id: PublicScheduleId, call: CallDep) -> ScheduleView:
    """Start nothing until it is resumed, at no time and after no deploy."""
    schedule = await _service(call).pause(schedule_id, paused=True)
    return ScheduleView(**_shown(schedule, call.clock.now()))


@router.post(
    "/{schedule_id}/resume", summary="Resume a schedule", responses=_REFUSALS, dependencies=[_WRITE]
)
async def resume_schedule(schedule_id: PublicScheduleId, call: CallDep) -> ScheduleView:
    """From its next time on; those that passed meanwhile are not made up for."""
    schedule = await _service(call).pause(schedule_id, paused=False)
    return ScheduleView(**_shown(schedule, call.clock.now()))


@router.delete(
    "/{schedule_id}",
    status_code=204,
    summary="Delete a schedule",
    responses=_REFUSALS,
    dependencies=[_WRITE],
)
async def delete_schedule(schedule_id: PublicScheduleId, call: CallDep) -> None:
    """Its runs, and their reports, stay."""
    await _service(call).delete(schedule_id)


@router.post(
    "/{schedule_id}/deployments",
    status_code=202,
    summary="Announce a deploy",
    responses=problems(ScheduleNotFound),
    dependencies=[public("the body is signed with the schedule's secret")],
)
async def announce_deployment(
    schedule_id: PublicScheduleId,
    call: CallDep,
    request: Request,
    x_hub_signature_256: Annotated[str, Header(max_length=100)] = "",
) -> Deployment:
    """Run the schedule now. `X-Hub-Signature-256` is `sha256=` and the HMAC-SHA-256, in hex, of the
    body under the schedule's secret, as GitHub and others sign their webhooks.
    """
    body = await request.body()
    schedule = await _service(call).announce(schedule_id, body, x_hub_signature_256)
    return Deployment(schedule_id=schedule.id, due_at=call.clock.now(), paused=schedule.paused)


def _service(call: CallDep) -> ScheduleService:
    return ScheduleService(call.uow, call.clock, call.resources.get(Keyring), call.rpc)


def _shown(schedule: ScheduleRow, now: datetime) -> dict[str, Any]:
    return {
        **{name: getattr(schedule, name) for name in _COLUMNS},
        "app_url": schedule.wanted["app_url"],
        "environment": schedule.wanted.get("environment"),
        "next_times": (
            [] if schedule.paused else times(schedule.cron, schedule.timezone, now, _SHOWN)
        ),
    }


_COLUMNS = set(ScheduleView.model_fields) - {"app_url", "environment", "next_times"}
