"""Setting up second factors: in a session of one's own, or to complete a sign-in."""

from argus.contracts.identity.rpc import GET_USER
from argus.contracts.identity.v1 import identity_pb2
from argus.kernel.authz import in_person, public
from argus.kernel.errors import Forbidden, StepUpRequired, Unauthenticated
from argus.kernel.http.problems import problems
from argus.kernel.http.routing import CallDep, service_router
from argus.kernel.module import Call
from argus.services.auth.enrolment.schemas import (
    EnrolledAnswer,
    SignInPasskey,
    SignInTotpCode,
)
from argus.services.auth.enrolment.service import Enrolled, Enrolment, SignInEnrolment
from argus.services.auth.factors.service import Factors
from argus.services.auth.mfa.endpoints import FRESH
from argus.services.auth.mfa.errors import (
    SecondFactorRefused,
    TotpAlreadyEnrolled,
    TotpNotEnrolled,
)
from argus.services.auth.mfa.schemas import RecoveryCodes, TotpCode, TotpEnrolmentView
from argus.services.auth.passkeys.errors import PasskeyInvalid
from argus.services.auth.passkeys.schemas import (
    NewPasskey,
    PasskeyOptions,
    PasskeyView,
    RegisteredPasskey,
)
from argus.services.auth.person import person
from argus.services.auth.sign_in.endpoints import UserAgent
from argus.services.auth.sign_in.schemas import FlowName
from argus.services.auth.sign_in_flows.errors import SignInFlowEnded
from argus.services.auth.sign_in_flows.service import Visitor
from argus.services.auth.tokens.endpoints import answer

_REFUSED = (Unauthenticated, Forbidden, StepUpRequired)
_FLOW = public("the flow's secret is the credential")

router = service_router("auth", prefix="/api/v1/auth", tags=["second factors"])
sign_in = service_router("auth", prefix="/api/v1/auth/sign-in/enrol", tags=["sessions"])


@router.post(
    "/mfa/totp",
    status_code=201,
    summary="Begin to set up an authenticator app",
    responses=problems(*_REFUSED, TotpAlreadyEnrolled),
    dependencies=[in_person(fresh=FRESH)],
)
async def enrol_totp(call: CallDep) -> TotpEnrolmentView:
    """The app counts once its code was sent to `confirm`.

    Who has another second factor must have shown it in this session.
    """
    user = await _user(call)
    enrolment = await _enrolment(call).begin_totp(user.email)
    return TotpEnrolmentView.model_validate(enrolment)


@router.post(
    "/mfa/totp/confirm",
    summary="Confirm an authenticator app",
    responses=problems(*_REFUSED, TotpNotEnrolled, SecondFactorRefused),
    dependencies=[in_person(fresh=FRESH)],
)
async def confirm_totp(body: TotpCode, call: CallDep) -> RecoveryCodes:
    """The app is asked from the next sign-in on. This session is one of two factors: its next
    access token says so.
    """
    return RecoveryCodes(recovery_codes=await _enrolment(call).confirm_totp(body.code))


@router.post(
    "/passkeys/options",
    summary="Get what a new passkey is made from",
    responses=problems(*_REFUSED),
    dependencies=[in_person(fresh=FRESH)],
)
async def new_passkey_options(call: CallDep) -> PasskeyOptions:
    """Options for `navigator.credentials.create()`, good for five minutes and one answer.

    Who has another second factor must have shown it in this session.
    """
    user = await _user(call)
    return PasskeyOptions(public_key=await _enrolment(call).passkey_options(user.email, user.name))


@router.post(
    "/passkeys",
    status_code=201,
    summary="Add a passkey",
    responses=problems(*_REFUSED, PasskeyInvalid),
    dependencies=[in_person(fresh=FRESH)],
)
async def add_passkey(body: NewPasskey, call: CallDep) -> RegisteredPasskey:
    """It signs the person in from now on, and is asked after a password. This session is one of two
    factors: its next access token says so.
    """
    passkey, codes = await _enrolment(call).add_passkey(body.name, body.credential)
    return RegisteredPasskey(passkey=PasskeyView.model_validate(passkey), recovery_codes=codes)


@sign_in.post(
    "/totp",
    status_code=201,
    summary="Begin to set up an authenticator app in a sign-in",
    responses=problems(SignInFlowEnded),
    dependencies=[_FLOW],
)
async def enrol_totp_to_sign_in(body: FlowName, call: CallDep) -> TotpEnrolmentView:
    """For a sign-in whose answer names what to `enrol`. The app counts once its code was sent to
    `confirm`.
    """
    enrolment = await _to_sign_in(call).begin_totp(body.flow, Visitor(call.principal, ""))
    return TotpEnrolmentView.model_validate(enrolment)


@sign_in.post(
    "/totp/confirm",
    summary="Confirm an authenticator app to sign in",
    responses=problems(SignInFlowEnded, TotpNotEnrolled, SecondFactorRefused),
    dependencies=[_FLOW],
)
async def confirm_totp_to_sign_in(
    body: SignInTotpCode, call: CallDep, user_agent: UserAgent = ""
) -> EnrolledAnswer:
    """Begin the session. The app is asked from the next sign-in on."""
    enrolled = await _to_sign_in(call).confirm_totp(
        body.flow, body.code, Visitor(call.principal, user_agent)
    )
    return _answer(enrolled, call)


@sign_in.post(
    "/passkey-options",
    summary="Get what a new passkey is made from in a sign-in",
    responses=problems(SignInFlowEnded),
    dependencies=[_FLOW],
)
async def new_passkey_options_to_sign_in(body: FlowName, call: CallDep) -> PasskeyOptions:
    """For a sign-in whose answer names what to `enrol`: options for
    `navigator.credentials.create()`, good for five minutes and one answer.
    """
    visitor = Visitor(call.principal, "")
    return PasskeyOptions(public_key=await _to_sign_in(call).passkey_options(body.flow, visitor))


@sign_in.post(
    "/passkey",
    summary="Add a passkey to sign in",
    responses=problems(SignInFlowEnded, PasskeyInvalid),
    dependencies=[_FLOW],
)
async def add_passkey_to_sign_in(
    body: SignInPasskey, call: CallDep, user_agent: UserAgent = ""
) -> EnrolledAnswer:
    """Begin the session. The passkey signs the person in from now on."""
    enrolled = await _to_sign_in(call).add_passkey(
        body.flow, body.name, body.credential, Visitor(call.principal, user_agent)
    )
    return _answer(enrolled, call)


def _answer(enrolled: Enrolled, call: Call) -> EnrolledAnswer:
    tokens = answer(enrolled.tokens, call.clock.now())
    return EnrolledAnswer(**dict(tokens), recovery_codes=enrolled.recovery_codes)


def _enrolment(call: Call) -> Enrolment:
    user_id, session_id = person(call.principal)
    return Enrolment(call.uow, call.clock, call.resources.get(Factors), user_id, session_id)


def _to_sign_in(call: Call) -> SignInEnrolment:
    return call.resources.get(SignInEnrolment)


async def _user(call: Call) -> identity_pb2.User:
    found = await call.rpc.call(GET_USER, identity_pb2.GetUserRequest(user_id=call.principal.id))
    return found.user
