"""Showing again who one is (RFC 9470)."""

from fastapi import Request

from argus.kernel.acr import acr_of
from argus.kernel.authz import in_person
from argus.kernel.errors import Forbidden, Unauthenticated
from argus.kernel.http.problems import problems
from argus.kernel.http.routing import CallDep, service_router
from argus.services.auth.attempts.errors import TooManyAttempts
from argus.services.auth.factors.service import Factors
from argus.services.auth.mfa.errors import SecondFactorRefused
from argus.services.auth.oauth.dpop.requests import bound_key
from argus.services.auth.passkeys.schemas import PasskeyOptions
from argus.services.auth.password_hasher import HashersBusy
from argus.services.auth.person import person
from argus.services.auth.step_up.schemas import SteppedUpAnswer, StepUp
from argus.services.auth.step_up.service import StepUpService

router = service_router("auth", prefix="/api/v1/auth/step-up", tags=["sessions"])


@router.post(
    "",
    summary="Step up one's own session",
    responses=problems(
        Unauthenticated, Forbidden, SecondFactorRefused, TooManyAttempts, HashersBusy
    ),
    dependencies=[in_person()],
)
async def step_up(body: StepUp, call: CallDep, request: Request) -> SteppedUpAnswer:
    """Answer to a `step_up_required`: the session's sign-in is fresh, by two factors where the
    second was shown. Repeat the refused request with the new access token.
    """
    user_id, session_id = person(call.principal)
    jkt = await bound_key(request, call)
    stepped = await call.resources.get(StepUpService).step_up(
        user_id, session_id, call.principal.organization_id, body.proof, call.principal, jkt
    )
    return SteppedUpAnswer(
        access_token=stepped.access_token,
        token_type="DPoP" if jkt else "Bearer",
        expires_in=int((stepped.expires_at - call.clock.now()).total_seconds()),
        acr=acr_of(stepped.strength),
    )


@router.post(
    "/passkey-options",
    summary="Get what a passkey signs to step up",
    responses=problems(Unauthenticated, Forbidden),
    dependencies=[in_person()],
)
async def step_up_passkey_options(call: CallDep) -> PasskeyOptions:
    """Options for `navigator.credentials.get()`, good for five minutes and one answer."""
    user_id, _ = person(call.principal)
    passkeys = call.resources.get(Factors).passkeys(call.uow)
    return PasskeyOptions(public_key=await passkeys.confirm_options(user_id))
