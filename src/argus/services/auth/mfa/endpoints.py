"""A person's authenticator app and recovery codes; `enrolment` sets an app up."""

from datetime import timedelta

from argus.kernel.acr import MULTI_FACTOR
from argus.kernel.authz import in_person
from argus.kernel.crypto import Keyring
from argus.kernel.errors import Forbidden, StepUpRequired, Unauthenticated
from argus.kernel.http.problems import problems
from argus.kernel.http.routing import CallDep, service_router
from argus.kernel.module import Call
from argus.services.auth.mfa.errors import TotpNotEnrolled
from argus.services.auth.mfa.schemas import MfaView, RecoveryCodes
from argus.services.auth.mfa.service import MfaService
from argus.services.auth.person import person

FRESH = timedelta(minutes=10)
_REFUSED = (Unauthenticated, Forbidden, StepUpRequired)

router = service_router("auth", prefix="/api/v1/auth/mfa", tags=["second factors"])


@router.get(
    "",
    summary="Show one's own second factors",
    responses=problems(Unauthenticated, Forbidden),
    dependencies=[in_person()],
)
async def get_mfa(call: CallDep) -> MfaView:
    """What is set up beside passkeys, which `GET /api/v1/auth/passkeys` lists."""
    user_id, _ = person(call.principal)
    return MfaView.model_validate(await _mfa(call).status(user_id))


@router.delete(
    "/totp",
    status_code=204,
    summary="Remove one's own authenticator app",
    responses=problems(*_REFUSED, TotpNotEnrolled),
    dependencies=[in_person(fresh=FRESH, acr=MULTI_FACTOR)],
)
async def remove_totp(call: CallDep) -> None:
    """It is no longer asked."""
    user_id, _ = person(call.principal)
    await _mfa(call).remove_totp(user_id)


@router.post(
    "/recovery-codes",
    status_code=201,
    summary="Make new recovery codes",
    responses=problems(*_REFUSED),
    dependencies=[in_person(fresh=FRESH, acr=MULTI_FACTOR)],
)
async def replace_recovery_codes(call: CallDep) -> RecoveryCodes:
    """The earlier ones are void."""
    user_id, _ = person(call.principal)
    return RecoveryCodes(recovery_codes=await _mfa(call).replace_recovery_codes(user_id))


def _mfa(call: Call) -> MfaService:
    return MfaService(call.uow, call.clock, call.resources.get(Keyring))
