"""The page that asks for the second factor of a sign-in."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from argus.kernel.authz import public
from argus.kernel.errors import ArgusError, InvalidRequest
from argus.kernel.http.routing import CallDep
from argus.kernel.module import Call
from argus.services.auth.attempts.errors import TooManyAttempts
from argus.services.auth.factors.schemas import (
    PasskeyProof,
    RecoveryCodeProof,
    SecondFactorProof,
    TotpProof,
)
from argus.services.auth.factors.service import Factor
from argus.services.auth.mfa.errors import SecondFactorRefused
from argus.services.auth.pages.sign_in import credential
from argus.services.auth.sign_in_flows.errors import SignInFlowEnded
from argus.services.auth.sign_in_flows.service import SignInFlows
from argus.services.auth.web.arrival import ENROL, SECOND_FACTOR, arrive, flow_secret, visitor
from argus.services.auth.web.routing import FormDep, form_page, page_router, see_other, text

WAYS = {
    Factor.TOTP: "Use your authenticator app",
    Factor.PASSKEY: "Use a passkey or security key",
    Factor.RECOVERY_CODE: "Use a recovery code",
}
router = page_router()


@router.get(SECOND_FACTOR, dependencies=[public("the flow's cookie is the credential")])
async def show_second_factor(request: Request, call: CallDep, kind: str = "") -> Response:
    """The form for one of the person's factors, and links to the others."""
    try:
        return await _page(request, call, kind)
    except SignInFlowEnded:
        return see_other("/sign-in")


@router.post(SECOND_FACTOR, dependencies=[public("the flow's cookie is the credential")])
async def send_second_factor(request: Request, call: CallDep, form: FormDep) -> Response:
    """Complete the sign-in; without a proof, the options to ask a passkey with."""
    flows, secret = call.resources.get(SignInFlows), flow_secret(request, call)
    kind = text(form, "kind")
    if not kind and not text(form, "credential"):
        return JSONResponse(await flows.passkey_options(secret, visitor(request, call)))
    pending = await flows.pending(secret, visitor(request, call))
    try:
        proof = _proof(kind, text(form, "code").strip(), text(form, "credential"))
        issued = await flows.second_factor_passed(secret, proof, visitor(request, call))
    except (SecondFactorRefused, TooManyAttempts, InvalidRequest) as error:
        return await _page(request, call, kind, error)
    return await arrive(request, call, issued, pending.return_to)


def _proof(kind: str, code: str, sent: str) -> SecondFactorProof:
    if kind == Factor.TOTP:
        return TotpProof.parse({"kind": kind, "code": code})
    if kind == Factor.RECOVERY_CODE:
        return RecoveryCodeProof.parse({"kind": kind, "code": code})
    return PasskeyProof.parse({"kind": Factor.PASSKEY, "credential": credential(sent)})


async def _page(
    request: Request, call: Call, kind: str, error: ArgusError | None = None
) -> Response:
    flows = call.resources.get(SignInFlows)
    pending = await flows.pending(flow_secret(request, call), visitor(request, call))
    if not pending.factors:
        return see_other(ENROL)
    asked = next((factor for factor in pending.factors if factor == kind), pending.factors[0])
    return form_page(
        request,
        "second_factor.html",
        error,
        to_client=True,
        kind=asked,
        factors=pending.factors,
        others=[(other, WAYS[other]) for other in pending.factors if other is not asked],
    )
