"""Setting up an authenticator app and recovery codes."""

from datetime import timedelta

from argus.contracts.identity.rpc import GET_USER
from argus.contracts.identity.v1 import identity_pb2
from argus.kernel.acr import MULTI_FACTOR
from argus.kernel.authz import in_person
from argus.kernel.crypto import Keyring
from argus.kernel.errors import Forbidden, StepUpRequired, Unauthenticated
from argus.kernel.http.problems import problems
from argus.kernel.http.routing import CallDep, service_router
from argus.kernel.module import Call
from argus.services.auth.mfa.errors import (
    SecondFactorRefused,
    TotpAlreadyEnrolled,
    TotpNotEnrolled,
)
from argus.services.auth.mfa.schemas import (
    MfaView,
    RecoveryCodes,
    TotpCode,
    TotpEnrolmentView,
)
from argus.services.auth.mfa.service import MfaService
from argus.services.auth.person import person

FRESH = timedelta(minutes=10)
ISSUER = "Argus"
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


@router.post(
    "/totp",
    status_code=201,
    summary="Begin to set up an authenticator app",
    responses=problems(*_REFUSED, TotpAlreadyEnrolled),
    dependencies=[in_person(fresh=FRESH)],
)
async def enrol_totp(call: CallDep) -> TotpEnrolmentView:
    """The app counts once its code was sent to `confirm`."""
    user_id, _ = person(call.principal)
    found = await call.rpc.call(GET_USER, identity_pb2.GetUserRequest(user_id=call.principal.id))
    enrolment = await _mfa(call).enrol_totp(user_id, found.user.email, ISSUER)
    return TotpEnrolmentView.model_validate(enrolment)


@router.post(
    "/totp/confirm",
    summary="Confirm an authenticator app",
    responses=problems(*_REFUSED, TotpNotEnrolled, SecondFactorRefused),
    dependencies=[in_person(fresh=FRESH)],
)
async def confirm_totp(body: TotpCode, call: CallDep) -> RecoveryCodes:
    """The app is asked from the next sign-in on."""
    user_id, _ = person(call.principal)
    return RecoveryCodes(recovery_codes=await _mfa(call).confirm_totp(user_id, body.code))


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
