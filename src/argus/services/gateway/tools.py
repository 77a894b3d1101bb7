"""The tools: each one call of a sibling, described for a model that has never seen Argus."""

from datetime import UTC, datetime

import orjson

from argus.contracts.auth.rpc import VALIDATE_TOKEN
from argus.contracts.auth.v1 import auth_pb2
from argus.contracts.billing.rpc import CHECK_ENTITLEMENT, RECORD_USAGE
from argus.contracts.billing.v1 import billing_pb2
from argus.contracts.permissions import Permission
from argus.contracts.qa.rpc import GET_RUN, START_RUN
from argus.contracts.qa.v1 import qa_pb2
from argus.kernel.authz import requires
from argus.kernel.rpc.client import Rpc
from argus.services.gateway.schemas import (
    CheckEntitlement,
    Entitlement,
    GetRun,
    RecordUsage,
    Run,
    RunStarted,
    RunTests,
    TokenAnswer,
    TokenOwner,
    UsageRecorded,
    ValidateToken,
)
from argus.services.gateway.tool import Effect, tool


@tool(requires(Permission.TOKEN_VALIDATE), Effect.READ, ValidateToken, TokenAnswer)
async def validate_token(request: ValidateToken, rpc: Rpc) -> TokenAnswer:
    """Who presents this access token or API key, and what may they do? Credentials of other
    organizations are answered as unknown. A credential that is not valid is an answer, not an
    error.
    """
    answer = await rpc.call(
        VALIDATE_TOKEN,
        auth_pb2.ValidateTokenRequest(token=request.token, audience=request.audience),
    )
    return TokenAnswer(
        active=answer.active,
        reason=answer.reason,
        principal=_owner(answer.principal) if answer.active else None,
        expires_at=datetime.fromtimestamp(answer.expires_at, UTC) if answer.expires_at else None,
    )


def _owner(principal: auth_pb2.Principal) -> TokenOwner:
    return TokenOwner(
        kind=principal.kind,
        id=principal.id,
        organization_id=principal.organization_id,
        roles=list(principal.roles),
        scopes=list(principal.scopes) if principal.scoped else None,
        permissions=list(principal.permissions),
        method=principal.method,
        actors=list(principal.actors),
        client_id=principal.client_id,
        credential=principal.credential,
    )


@tool(requires(Permission.ENTITLEMENT_CHECK), Effect.READ, CheckEntitlement, Entitlement)
async def check_entitlement(request: CheckEntitlement, rpc: Rpc) -> Entitlement:
    """May the caller's organization use a feature now, and if not, what is the cheapest way to get
    it? Nothing is reserved: record the usage after the use.
    """
    answer = await rpc.call(
        CHECK_ENTITLEMENT,
        billing_pb2.CheckEntitlementRequest(feature=request.feature, quantity=request.quantity),
    )
    return Entitlement.model_validate(answer)


@tool(requires(Permission.USAGE_RECORD), Effect.RECORD, RecordUsage, UsageRecorded)
async def record_usage(request: RecordUsage, rpc: Rpc) -> UsageRecorded:
    """Record what the caller's organization used. Durable when answered; repeat a call freely: an
    event counts once per source and id.
    """
    answer = await rpc.call(
        RECORD_USAGE,
        billing_pb2.RecordUsageRequest(
            events=[
                billing_pb2.UsageEvent(
                    id=event.id,
                    source=event.source,
                    meter=event.meter,
                    quantity=event.quantity,
                    occurred_at=int(event.occurred_at.timestamp()) if event.occurred_at else 0,
                )
                for event in request.events
            ]
        ),
    )
    return UsageRecorded.model_validate(answer)


@tool(requires(Permission.TEST_EXECUTE), Effect.OPERATE, RunTests, RunStarted)
async def run_tests(request: RunTests, rpc: Rpc) -> RunStarted:
    """Test a web application: explore it in a real browser, plan tests, run and judge them. Unless
    read_only is set, records of the application are created, changed and deleted. Answers at once;
    the run goes on in the background and is charged to the organization's tier.
    """
    answer = await rpc.call(START_RUN, qa_pb2.StartRunRequest(**request.model_dump()))
    return RunStarted(run_id=answer.run_id)


@tool(requires(Permission.RESULTS_READ), Effect.READ, GetRun, Run)
async def get_run(request: GetRun, rpc: Rpc) -> Run:
    """State of a test run of the caller's organization and, at its end, the report."""
    answer = await rpc.call(GET_RUN, qa_pb2.GetRunRequest(run_id=request.run_id))
    return Run(
        run_id=answer.run_id,
        status=answer.status,
        app_url=answer.app_url,
        tests_passed=answer.tests_passed,
        tests_failed=answer.tests_failed,
        report=orjson.loads(answer.report_json) if answer.report_json else None,
        error=answer.error,
    )


TOOLS = (validate_token, check_entitlement, record_usage, run_tests, get_run)
"""All of them, in the order in which they are listed."""
