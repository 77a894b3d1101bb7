"""Runs for services of the platform and of the organization."""

from typing import Any

import orjson
from google.protobuf.json_format import MessageToDict

from argus.contracts.permissions import Permission
from argus.contracts.qa.rpc import GET_RUN, START_RUN
from argus.contracts.qa.v1 import qa_pb2 as pb
from argus.kernel.authz import requires
from argus.kernel.crypto import Keyring
from argus.kernel.ids import format_id, parse_id
from argus.kernel.module import Call
from argus.kernel.rpc.dispatch import rpc
from argus.services.qa.runs.schemas import StartRun
from argus.services.qa.runs.service import RunService


@rpc(START_RUN, requires(Permission.TEST_EXECUTE))
async def start_run_rpc(request: pb.StartRunRequest, call: Call) -> pb.StartRunResponse:
    """As `POST /api/v1/qa/runs`; absent fields take the defaults of the schema."""
    given = MessageToDict(request, preserving_proto_field_name=True)
    run = await _service(call).start(StartRun.parse(given))
    return pb.StartRunResponse(run_id=format_id("run", run.id))


@rpc(GET_RUN, requires(Permission.RESULTS_READ))
async def get_run_rpc(request: pb.GetRunRequest, call: Call) -> pb.GetRunResponse:
    """State and, at the end, the report of a run of the caller's organization."""
    run = await _service(call).get(parse_id("run", request.run_id))
    tests: list[dict[str, Any]] = run.report["tests"] if run.report else []
    passed = sum(test["status"] in ("passed", "passed_healed") for test in tests)
    return pb.GetRunResponse(
        run_id=request.run_id,
        status=run.status.value,
        app_url=run.app_url,
        tests_passed=passed,
        tests_failed=sum(test["status"] == "failed" for test in tests),
        report_json=orjson.dumps(run.report).decode() if run.report else "",
        error=run.error,
    )


def _service(call: Call) -> RunService:
    return RunService(call.uow, call.clock, call.resources.get(Keyring), call.rpc)
