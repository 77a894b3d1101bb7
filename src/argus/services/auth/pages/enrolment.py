"""Setting up a second factor that an organization demands: in a sign-in, or before going on."""

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from argus.kernel.authz import public
from argus.kernel.errors import ArgusError
from argus.kernel.http.routing import CallDep
from argus.kernel.module import Call
from argus.services.auth.enrolment.service import Enrolled, SignInEnrolment
from argus.services.auth.factors.service import Factors
from argus.services.auth.mfa.errors import SecondFactorRefused
from argus.services.auth.pages.authenticator import (
    authenticator_page,
    codes_page,
    passkey_name,
    sent_setup,
)
from argus.services.auth.pages.sign_in import credential
from argus.services.auth.passkeys.errors import PasskeyInvalid
from argus.services.auth.sign_in_flows.errors import SignInFlowEnded
from argus.services.auth.sign_in_flows.service import SignInFlows
from argus.services.auth.web.arrival import (
    ENROL,
    SECOND_FACTOR,
    flow_secret,
    signed_in,
    visitor,
)
from argus.services.auth.web.routing import (
    BrowserSessionDep,
    FormDep,
    form_page,
    page_router,
    see_other,
    sign_in_redirect,
    text,
)
from argus.services.auth.web.targets import HOME, local_target

SET_UP = "/account/second-factor"
_FLOW = public("the flow's cookie is the credential")

router = page_router()


@router.get(ENROL, dependencies=[_FLOW])
async def show_enrolment(request: Request, call: CallDep) -> Response:
    """What can be set up; who has a second factor by now is asked for it."""
    try:
        pending = await call.resources.get(SignInFlows).pending(
            flow_secret(request, call), visitor(request, call)
        )
    except SignInFlowEnded:
        return see_other("/sign-in")
    return see_other(SECOND_FACTOR) if pending.factors else _choice(request)


@router.post(f"{ENROL}/authenticator", dependencies=[_FLOW])
async def enrol_totp_in_sign_in(request: Request, call: CallDep, form: FormDep) -> Response:
    """Show what an authenticator app is set up with."""
    del form
    enrolment = await call.resources.get(SignInEnrolment).begin_totp(
        flow_secret(request, call), visitor(request, call)
    )
    return _app_page(request, enrolment.secret, enrolment.uri)


@router.post(f"{ENROL}/authenticator/confirm", dependencies=[_FLOW])
async def confirm_totp_in_sign_in(request: Request, call: CallDep, form: FormDep) -> Response:
    """The app shows the right code: the person is signed in."""
    return_to = await _return_to(request, call)
    try:
        enrolled = await call.resources.get(SignInEnrolment).confirm_totp(
            flow_secret(request, call), text(form, "code").strip(), visitor(request, call)
        )
    except SecondFactorRefused as error:
        return _app_page(request, *sent_setup(form), error)
    return await _arrive(request, call, enrolled, return_to)


@router.post(f"{ENROL}/passkey", dependencies=[_FLOW])
async def add_passkey_in_sign_in(request: Request, call: CallDep, form: FormDep) -> Response:
    """The passkey that the browser made: the person is signed in. Without one, the options."""
    enrolment, secret = call.resources.get(SignInEnrolment), flow_secret(request, call)
    sent = text(form, "credential")
    if not sent:
        return JSONResponse(await enrolment.passkey_options(secret, visitor(request, call)))
    return_to = await _return_to(request, call)
    try:
        enrolled = await enrolment.add_passkey(
            secret, passkey_name(form), credential(sent), visitor(request, call)
        )
    except PasskeyInvalid as error:
        return _choice(request, error)
    return await _arrive(request, call, enrolled, return_to)


@router.get(SET_UP, dependencies=[public("the page asks for the browser's session itself")])
async def show_set_up(
    request: Request, call: CallDep, session: BrowserSessionDep, return_to: str = ""
) -> Response:
    """The same for who is signed in, and is to go on afterwards."""
    target = local_target(return_to)
    if session is None or not session.is_fresh(call.clock.now()):
        here = f"{SET_UP}?{urlencode({'return_to': target})}"
        return sign_in_redirect(here, again=session is not None)
    if await call.resources.get(Factors).enrolled(call.uow, session.user_id):
        return see_other(target)
    return form_page(
        request,
        "enrol.html",
        app="/account/authenticator",
        passkey="/account/passkeys",
        return_to=target,
        leave=HOME,
    )


def _choice(request: Request, error: ArgusError | None = None) -> Response:
    return form_page(
        request,
        "enrol.html",
        error,
        app=f"{ENROL}/authenticator",
        passkey=f"{ENROL}/passkey",
        return_to="",
        leave="/sign-in",
    )


def _app_page(request: Request, secret: str, uri: str, error: ArgusError | None = None) -> Response:
    action = f"{ENROL}/authenticator/confirm"
    return authenticator_page(request, secret, uri, error, action=action, leave=ENROL)


async def _return_to(request: Request, call: Call) -> str:
    pending = await call.resources.get(SignInFlows).pending(
        flow_secret(request, call), visitor(request, call)
    )
    return pending.return_to


async def _arrive(request: Request, call: Call, enrolled: Enrolled, return_to: str) -> Response:
    """Signed in, by the way of the recovery codes, which are shown only now."""
    target = local_target(return_to)
    page = codes_page(request, enrolled.recovery_codes, target)
    return await signed_in(request, call, enrolled.tokens, page)
