"""Signing in by password or passkey, and the second factor."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Header, Response

from argus.kernel.authz import public
from argus.kernel.http.problems import problems
from argus.kernel.http.routing import CallDep, service_router
from argus.services.auth.attempts.errors import TooManyAttempts
from argus.services.auth.factors.service import Factor, Factors
from argus.services.auth.mfa.errors import SecondFactorRefused
from argus.services.auth.passkeys.errors import PasskeyInvalid
from argus.services.auth.passkeys.schemas import PasskeyOptions
from argus.services.auth.password_hasher import HashersBusy
from argus.services.auth.sign_in.schemas import (
    Continuation,
    FlowName,
    PasskeySignIn,
    PendingAnswer,
    SignIn,
)
from argus.services.auth.sign_in.service import SignInService
from argus.services.auth.sign_in_flows.errors import CredentialsInvalid, SignInFlowEnded
from argus.services.auth.sign_in_flows.service import (
    PendingSignIn,
    SignInFlows,
    SignInOutcome,
    Visitor,
)
from argus.services.auth.tokens.endpoints import answer
from argus.services.auth.tokens.errors import OrganizationNotFound
from argus.services.auth.tokens.schemas import TokenAnswer

UserAgent = Annotated[str, Header(include_in_schema=False)]

PENDING: dict[int | str, dict[str, Any]] = {
    202: {"model": PendingAnswer, "description": "A second factor is asked, or must be set up"}
}

router = service_router("auth", prefix="/api/v1/auth", tags=["sessions"])


@router.post(
    "/sign-in",
    summary="Sign in by password",
    responses=PENDING
    | problems(CredentialsInvalid, OrganizationNotFound, TooManyAttempts, HashersBusy),
    dependencies=[public("the password is the credential")],
)
async def sign_in(
    body: SignIn, call: CallDep, response: Response, user_agent: UserAgent = ""
) -> TokenAnswer | PendingAnswer:
    """Begin a session. The tokens are for one organization; refresh to switch.

    202 says that a second factor is asked: `POST /api/v1/auth/sign-in/continue`; or, with `enrol`,
    that the organization demands one and there is none yet: set one up with the same flow.
    """
    outcome = await call.resources.get(SignInService).sign_in(
        body.email,
        body.password,
        body.organization_id,
        Visitor(call.principal, user_agent),
    )
    return outcome_answer(outcome, call.clock.now(), response)


@router.post(
    "/sign-in/continue",
    summary="Send the second factor of a sign-in",
    responses=problems(SignInFlowEnded, SecondFactorRefused, TooManyAttempts),
    dependencies=[public("the flow's secret and the second factor are the credentials")],
)
async def continue_sign_in(
    body: Continuation, call: CallDep, user_agent: UserAgent = ""
) -> TokenAnswer:
    """Begin the session. Each proof is good once; a flow takes five of them."""
    issued = await call.resources.get(SignInFlows).second_factor_passed(
        body.flow, body.proof, Visitor(call.principal, user_agent)
    )
    return answer(issued, call.clock.now())


@router.post(
    "/sign-in/continue/passkey-options",
    summary="Get what a passkey signs as second factor",
    responses=problems(SignInFlowEnded),
    dependencies=[public("the flow's secret is the credential")],
)
async def second_factor_passkey_options(body: FlowName, call: CallDep) -> PasskeyOptions:
    """Options for `navigator.credentials.get()`, good for five minutes and one answer."""
    flows = call.resources.get(SignInFlows)
    return PasskeyOptions(
        public_key=await flows.passkey_options(body.flow, Visitor(call.principal, ""))
    )


@router.post(
    "/sign-in/passkey-options",
    summary="Get what a passkey signs to sign in",
    dependencies=[public("who signs in has no credential yet")],
)
async def sign_in_passkey_options(call: CallDep) -> PasskeyOptions:
    """Options for `navigator.credentials.get()`, good for five minutes and one answer."""
    factors = call.resources.get(Factors)
    return PasskeyOptions(public_key=await factors.passkeys(call.uow).sign_in_options())


@router.post(
    "/sign-in/passkey",
    summary="Sign in by passkey",
    responses=PENDING | problems(PasskeyInvalid, CredentialsInvalid, OrganizationNotFound),
    dependencies=[public("the passkey is the credential")],
)
async def sign_in_by_passkey(
    body: PasskeySignIn, call: CallDep, response: Response, user_agent: UserAgent = ""
) -> TokenAnswer | PendingAnswer:
    """Begin a session of whoever the passkey names. It verified its user: no factor is asked."""
    outcome = await call.resources.get(SignInService).sign_in_by_passkey(
        body.credential, body.organization_id, Visitor(call.principal, user_agent)
    )
    return outcome_answer(outcome, call.clock.now(), response)


def outcome_answer(
    outcome: SignInOutcome, now: datetime, response: Response
) -> TokenAnswer | PendingAnswer:
    """Tokens, or with 202 what else is asked."""
    if not isinstance(outcome, PendingSignIn):
        return answer(outcome, now)
    response.status_code = 202
    return PendingAnswer(
        flow=outcome.secret,
        factors=list(outcome.factors),
        enrol=[] if outcome.factors else [Factor.TOTP, Factor.PASSKEY],
        expires_in=int((outcome.expires_at - now).total_seconds()),
    )
