"""Changing how one signs in: password, passkeys, authenticator app, recovery codes."""

from typing import Annotated

from fastapi import Depends
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from argus.contracts.identity.rpc import GET_USER
from argus.contracts.identity.v1 import identity_pb2
from argus.kernel.authz import public
from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.errors import ArgusError
from argus.kernel.http.routing import CallDep
from argus.kernel.ids import format_id, parse_id
from argus.kernel.module import Call
from argus.services.auth.browser_sessions.service import BrowserSession
from argus.services.auth.enrolment.service import Enrolment
from argus.services.auth.factors.service import Factors
from argus.services.auth.pages.authenticator import (
    authenticator_page,
    codes_page,
    passkey_name,
    sent_setup,
)
from argus.services.auth.pages.sign_in import credential
from argus.services.auth.password_reset.service import PasswordReset
from argus.services.auth.strength import MULTI_FACTOR
from argus.services.auth.web.routing import (
    BrowserSessionDep,
    FormDep,
    form_page,
    page_router,
    see_other,
    text,
)
from argus.services.auth.web.targets import HOME, local_target

APP = "/account/authenticator"
_SESSION = public("the page asks for the browser's session itself")

router = page_router()


class SignInAgain(ArgusError):
    """To change how you sign in, you must have signed in within the last ten minutes, by a second
    factor too where you have one. Open your account's page and confirm that it is you.
    """

    code, status, title = "auth.form.sign_in_again", 401, "Sign in again first"


def _fresh(session: BrowserSessionDep, call: CallDep) -> BrowserSession:
    if session is None or not session.is_fresh(call.clock.now()):
        raise SignInAgain
    return session


def _strong(session: "FreshDep") -> BrowserSession:
    if MULTI_FACTOR not in session.strength:
        raise SignInAgain
    return session


FreshDep = Annotated[BrowserSession, Depends(_fresh)]
"""Who signed in with this browser not long ago."""
StrongDep = Annotated[BrowserSession, Depends(_strong)]
"""Who did so by two factors: what weakens an account needs as much as it asks."""


@router.get("/account/password", dependencies=[_SESSION])
async def show_change_password(request: Request, session: FreshDep) -> Response:
    """The form."""
    del session
    return form_page(request, "change_password.html")


@router.post("/account/password", dependencies=[_SESSION])
async def change_password_by_page(
    request: Request, call: CallDep, session: FreshDep, form: FormDep
) -> Response:
    """Replace the password; all other sessions end."""
    try:
        await call.resources.get(PasswordReset).change(
            session.user_id,
            session.id,
            text(form, "current")[:1024],
            text(form, "password")[:1024],
            session.principal(call.principal.address),
        )
    except ArgusError as error:
        return form_page(request, "change_password.html", error)
    return see_other(HOME)


@router.post("/account/passkeys", dependencies=[_SESSION])
async def add_passkey_by_page(
    request: Request, call: CallDep, session: FreshDep, form: FormDep
) -> Response:
    """Add the passkey that the browser made; without one, the options to make it with."""
    sent = text(form, "credential")
    if not sent:
        account, name = await _account(call, session)
        enrolment = _enrolment(call, call.uow, session)
        return JSONResponse(await enrolment.passkey_options(account, name))
    enrolment = _enrolment(call, call.uow, session)
    _, codes = await enrolment.add_passkey(passkey_name(form), credential(sent))
    return codes_page(request, codes, local_target(text(form, "return_to")))


@router.post("/account/passkeys/remove", dependencies=[_SESSION])
async def remove_passkey_by_page(call: CallDep, session: StrongDep, form: FormDep) -> Response:
    """The passkey is good for nothing any more."""
    passkey_id = parse_id("pky", text(form, "passkey"))
    await call.resources.get(Factors).passkeys(call.uow).remove(session.user_id, passkey_id)
    return see_other(HOME)


@router.post(APP, dependencies=[_SESSION])
async def enrol_totp_by_page(
    request: Request, call: CallDep, session: FreshDep, form: FormDep
) -> Response:
    """Show what an authenticator app is set up with."""
    account, _ = await _account(call, session)
    enrolment = await _enrolment(call, call.uow, session).begin_totp(account)
    return _app_page(request, form, enrolment.secret, enrolment.uri)


@router.post(f"{APP}/confirm", dependencies=[_SESSION])
async def confirm_totp_by_page(
    request: Request, call: CallDep, session: FreshDep, form: FormDep
) -> Response:
    """The app shows the right code, so it is asked from now on."""
    try:
        async with call.uow.database.unit_of_work(call.principal) as uow:
            codes = await _enrolment(call, uow, session).confirm_totp(text(form, "code"))
    except ArgusError as error:
        return _app_page(request, form, *sent_setup(form), error)
    return codes_page(request, codes, local_target(text(form, "return_to")))


@router.post(f"{APP}/remove", dependencies=[_SESSION])
async def remove_totp_by_page(call: CallDep, session: StrongDep, form: FormDep) -> Response:
    """The app is no longer asked."""
    del form
    await call.resources.get(Factors).mfa(call.uow).remove_totp(session.user_id)
    return see_other(HOME)


@router.post("/account/recovery-codes", dependencies=[_SESSION])
async def replace_recovery_codes_by_page(
    request: Request, call: CallDep, session: StrongDep, form: FormDep
) -> Response:
    """New codes, shown once; the earlier ones are void."""
    del form
    mfa = call.resources.get(Factors).mfa(call.uow)
    return codes_page(request, await mfa.replace_recovery_codes(session.user_id), HOME)


def _app_page(
    request: Request, form: FormData, secret: str, uri: str, error: ArgusError | None = None
) -> Response:
    target = local_target(text(form, "return_to"))
    return authenticator_page(
        request, secret, uri, error, action=f"{APP}/confirm", leave=target, return_to=target
    )


def _enrolment(call: Call, uow: UnitOfWork, session: BrowserSession) -> Enrolment:
    factors = call.resources.get(Factors)
    return Enrolment(uow, call.clock, factors, session.user_id, session.id)


async def _account(call: Call, session: BrowserSession) -> tuple[str, str]:
    """Address and name."""
    found = await call.rpc.call(
        GET_USER, identity_pb2.GetUserRequest(user_id=format_id("usr", session.user_id))
    )
    return found.user.email, found.user.name
