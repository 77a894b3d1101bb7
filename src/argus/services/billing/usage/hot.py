"""Recording usage ahead of the framework: what `endpoints` answers to ordinary requests."""

from pydantic import ValidationError

from argus.contracts.permissions import Permission
from argus.kernel.authz import Access
from argus.kernel.http.hot import HotAnswer, HotOperation
from argus.kernel.principal import Principal
from argus.services.billing.usage.intake import UsageIntake
from argus.services.billing.usage.schemas import RecordUsage, UsageAccepted


def recording(intake: UsageIntake) -> HotOperation[RecordUsage]:
    """The operation `record_usage`."""

    async def answer(asked: RecordUsage, principal: Principal) -> HotAnswer:
        recorded = await intake.record(principal, asked.events)
        body = UsageAccepted.model_validate(recorded).model_dump_json().encode()
        return HotAnswer(body, ((b"content-type", b"application/json"),), status=202)

    return HotOperation(
        "POST",
        "/api/v1/billing/usage",
        Access(permission=Permission.USAGE_RECORD),
        takes_json=True,
        read=_read,
        answer=answer,
    )


def _read(_query: bytes, body: bytes) -> RecordUsage | None:
    try:
        return RecordUsage.model_validate_json(body)
    except ValidationError:
        return None
