"""The page of a person's own account: who they are, how they sign in, and where they are."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from argus.contracts.identity.rpc import GET_USER
from argus.contracts.identity.v1 import identity_pb2
from argus.kernel.authz import public
from argus.kernel.errors import ArgusError
from argus.kernel.http.routing import CallDep
from argus.kernel.ids import SessionId, format_id, parse_id
from argus.kernel.module import Call
from argus.services.auth.browser_sessions.service import BrowserSession
from argus.services.auth.clients.registry import ClientRegistry
from argus.services.auth.email_verification.service import EmailVerification
from argus.services.auth.factors.service import Factors
from argus.services.auth.impersonation.service import CLIENT as IMPERSONATION
from argus.services.auth.sessions.models import Session
from argus.services.auth.sessions.service import FIRST_PARTY, SessionService
from argus.services.auth.strength import MULTI_FACTOR
from argus.services.auth.user_agents import device_of
from argus.services.auth.web.rendering import render
from argus.services.auth.web.routing import (
    BrowserSessionDep,
    FormDep,
    form_page,
    page_router,
    see_other,
    sign_in_redirect,
    text,
)
from argus.services.auth.web.targets import HOME

_SESSION = public("the page asks for the browser's session itself")

router = page_router()
overview = page_router(for_impersonators=True)


@dataclass(frozen=True)
class Place:
    """Where the person is signed in, and what they let in there."""

    id: str
    name: str
    session: Session
    current: bool


@overview.get(HOME, dependencies=[_SESSION])
async def show_account(request: Request, call: CallDep, session: BrowserSessionDep) -> Response:
    """Everything on one page; what changes how one signs in needs a recent sign-in. Who acts in the
    person's place sees whose account it is, and no more.
    """
    if session is None:
        return sign_in_redirect(HOME)
    found = await call.rpc.call(
        GET_USER, identity_pb2.GetUserRequest(user_id=format_id("usr", session.user_id))
    )
    if session.impersonation is not None:
        return render(request, "borrowed_account.html", user=found.user)
    factors = call.resources.get(Factors)
    sessions = await SessionService(call.uow, call.clock).list_live(session.user_id)
    passkeys = await factors.passkeys(call.uow).of_user(session.user_id)
    mfa = await factors.mfa(call.uow).status(session.user_id)
    is_strong = MULTI_FACTOR in session.strength
    return render(
        request,
        "account.html",
        user=found.user,
        may_change=session.is_fresh(call.clock.now()) and (is_strong or not (mfa.totp or passkeys)),
        mfa=mfa,
        passkeys=[(format_id("pky", passkey.id), passkey) for passkey in passkeys],
        places=[await _place(call, one, session) for one in sessions],
    )


@router.post("/account/sessions/end", dependencies=[_SESSION])
async def end_session_by_page(call: CallDep, session: BrowserSessionDep, form: FormDep) -> Response:
    """End one session, or all others."""
    if session is None:
        return sign_in_redirect(HOME)
    sessions, named = SessionService(call.uow, call.clock), text(form, "session")
    if named:
        ended = SessionId(parse_id("ses", named))
        await sessions.revoke(session.user_id, ended, "revoked")
    else:
        await sessions.revoke_all(session.user_id, "revoked", but=session.id)
    return see_other(HOME)


@router.post("/account/verify-email", dependencies=[_SESSION])
async def send_verification_mail(
    request: Request, call: CallDep, session: BrowserSessionDep, form: FormDep
) -> Response:
    """Mail the link that confirms the person's address."""
    del form
    if session is None:
        return sign_in_redirect(HOME)
    principal = session.principal(call.principal.address)
    await call.resources.get(EmailVerification).mail(session.user_id, principal)
    return render(
        request,
        "message.html",
        title="Look into your mail",
        text="A link is on its way that confirms your address. It is good for a day. Open it in"
        " this browser.",
        link=HOME,
        link_text="Your account",
    )


@router.get("/verify-email", dependencies=[_SESSION])
async def show_verify_email(
    request: Request, session: BrowserSessionDep, token: str = ""
) -> Response:
    """Where the mailed link leads; it is good for the signed-in person alone."""
    if session is None:
        return sign_in_redirect(f"/verify-email?token={token[:200]}")
    return form_page(request, "link.html", action="/verify-email", token=token[:200])


@router.post("/verify-email", dependencies=[_SESSION])
async def verify_email_by_page(
    request: Request, call: CallDep, session: BrowserSessionDep, form: FormDep
) -> Response:
    """The person says that they opened the link."""
    if session is None:
        return sign_in_redirect(HOME)
    token = text(form, "token")
    try:
        await call.resources.get(EmailVerification).verify(
            session.user_id, token, session.principal(call.principal.address)
        )
    except ArgusError as error:
        return form_page(request, "link.html", error, action="/verify-email", token=token)
    return see_other(HOME)


async def _place(call: Call, session: Session, current: BrowserSession) -> Place:
    if session.client_id == FIRST_PARTY:
        name = device_of(session.user_agent)
    elif session.client_id == IMPERSONATION:
        name = f"An administrator in your place: {session.user_agent.partition(': ')[2]}"
    else:
        client = await call.resources.get(ClientRegistry).find(session.client_id)
        name = client.metadata.client_name if client else "An application that is gone"
    return Place(format_id("ses", session.id), name, session, session.id == current.id)
