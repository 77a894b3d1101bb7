"""Suites over HTTP."""

from typing import Annotated, Any

from fastapi import Query, Response
from fastapi.responses import PlainTextResponse

from argus.contracts.permissions import Permission
from argus.kernel.authz import requires
from argus.kernel.crypto import Keyring
from argus.kernel.errors import Forbidden, InvalidRequest, Unauthenticated
from argus.kernel.http.problems import problems
from argus.kernel.http.routing import CallDep, service_router
from argus.kernel.ids import format_id
from argus.services.qa.addresses import TargetRefused
from argus.services.qa.database.dsn import DatabaseRefused
from argus.services.qa.environments.errors import EnvironmentNotFound
from argus.services.qa.planning.text import render_plan
from argus.services.qa.planning.text_lines import PlanInvalid
from argus.services.qa.runs.errors import RunNotEnded, RunNotEntitled, RunNotFound, ValueMissing
from argus.services.qa.runs.schemas import PublicSuiteId, RunView
from argus.services.qa.runs.service import RunService
from argus.services.qa.suites.errors import SuiteNotFound
from argus.services.qa.suites.schemas import (
    NewSuite,
    ReplaySuite,
    SuitePage,
    SuiteSource,
    SuiteVersions,
    SuiteVersionView,
    SuiteView,
)
from argus.services.qa.suites.service import SuiteService

router = service_router("qa", prefix="/api/v1/qa/suites", tags=["qa"])

_READ = requires(Permission.TEST_READ)
_WRITE = requires(Permission.TEST_WRITE)
_Version = Annotated[
    int | None, Query(ge=1, lt=2**31, description="Number of a version; absent: the latest")
]


@router.post(
    "",
    status_code=201,
    summary="Save a suite",
    responses=problems(
        Unauthenticated, Forbidden, RunNotFound, RunNotEnded, PlanInvalid, InvalidRequest
    ),
    dependencies=[_WRITE],
)
async def create_suite(body: NewSuite, call: CallDep) -> SuiteView:
    """From a run, from a file that a run wrote, or from a plan."""
    return SuiteView.model_validate(await _service(call).create(body))


@router.get(
    "",
    summary="List suites",
    responses=problems(Unauthenticated, Forbidden, InvalidRequest),
    dependencies=[_READ],
)
async def list_suites(
    call: CallDep,
    cursor: PublicSuiteId | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> SuitePage:
    """The newest first. `cursor` is the `next_cursor` of the page before."""
    found = await _service(call).list_newest(cursor, limit + 1)
    page = [SuiteView.model_validate(suite) for suite in found[:limit]]
    more = len(found) > limit
    return SuitePage(suites=page, next_cursor=format_id("suite", page[-1].id) if more else None)


@router.get(
    "/{suite_id}",
    summary="Look at a suite",
    responses=problems(Unauthenticated, Forbidden, SuiteNotFound, InvalidRequest),
    dependencies=[_READ],
)
async def get_suite(suite_id: PublicSuiteId, call: CallDep) -> SuiteView:
    """Its name and its latest version."""
    return SuiteView.model_validate(await _service(call).get(suite_id))


@router.get(
    "/{suite_id}/versions",
    summary="List the versions of a suite",
    responses=problems(Unauthenticated, Forbidden, SuiteNotFound, InvalidRequest),
    dependencies=[_READ],
)
async def list_suite_versions(
    suite_id: PublicSuiteId,
    call: CallDep,
    cursor: Annotated[int | None, Query(ge=1, lt=2**31)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> SuiteVersions:
    """The newest first. `cursor` is the `next_cursor` of the page before."""
    found = await _service(call).versions(suite_id, cursor, limit + 1)
    page = [SuiteVersionView.model_validate(each) for each in found[:limit]]
    more = len(found) > limit
    return SuiteVersions(versions=page, next_cursor=page[-1].number if more else None)


@router.post(
    "/{suite_id}/versions",
    status_code=201,
    summary="Save a new version of a suite",
    responses=problems(
        Unauthenticated,
        Forbidden,
        SuiteNotFound,
        RunNotFound,
        RunNotEnded,
        PlanInvalid,
        InvalidRequest,
    ),
    dependencies=[_WRITE],
)
async def add_suite_version(suite_id: PublicSuiteId, body: SuiteSource, call: CallDep) -> SuiteView:
    """It becomes the latest; the earlier ones stay."""
    return SuiteView.model_validate(await _service(call).add_version(suite_id, body))


@router.get(
    "/{suite_id}/content",
    summary="Fetch a suite",
    responses=problems(Unauthenticated, Forbidden, SuiteNotFound, InvalidRequest),
    dependencies=[_READ],
)
async def get_suite_content(
    suite_id: PublicSuiteId, call: CallDep, version: _Version = None
) -> dict[str, Any]:
    """As JSON, the form that `argus qa run --suite` replays; holds no secret."""
    _, content = await _service(call).content(suite_id, version)
    return content.model_dump(mode="json")


@router.get(
    "/{suite_id}/plan",
    summary="Read a suite as a plan",
    response_class=PlainTextResponse,
    responses=problems(Unauthenticated, Forbidden, SuiteNotFound, InvalidRequest),
    dependencies=[_READ],
)
async def get_suite_plan(
    suite_id: PublicSuiteId, call: CallDep, version: _Version = None
) -> Response:
    """As Markdown for people to read and edit; saved as a new version, it is the suite again."""
    _, content = await _service(call).content(suite_id, version)
    return Response(render_plan(content), media_type="text/markdown")


@router.post(
    "/{suite_id}/runs",
    status_code=202,
    summary="Replay a suite",
    responses=problems(
        Unauthenticated,
        Forbidden,
        SuiteNotFound,
        RunNotEntitled,
        EnvironmentNotFound,
        TargetRefused,
        DatabaseRefused,
        ValueMissing,
        InvalidRequest,
    ),
    dependencies=[requires(Permission.TEST_EXECUTE)],
)
async def replay_suite(suite_id: PublicSuiteId, body: ReplaySuite, call: CallDep) -> RunView:
    """Queue a run of its tests, healing where that is allowed; nothing is discovered."""
    return RunView.model_validate(await _service(call).replay(suite_id, body))


@router.delete(
    "/{suite_id}",
    status_code=204,
    summary="Delete a suite",
    responses=problems(Unauthenticated, Forbidden, SuiteNotFound, InvalidRequest),
    dependencies=[requires(Permission.TEST_DELETE)],
)
async def delete_suite(suite_id: PublicSuiteId, call: CallDep) -> None:
    """With all its versions and schedules. Runs of it, and their reports, stay."""
    await _service(call).delete(suite_id)


def _service(call: CallDep) -> SuiteService:
    runs = RunService(call.uow, call.clock, call.resources.get(Keyring), call.rpc)
    return SuiteService(call.uow, call.clock, runs)
