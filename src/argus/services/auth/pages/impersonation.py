"""Acting as somebody else in a browser: begun by the administrator who may, seen on every page."""

from starlette.requests import Request
from starlette.responses import Response

from argus.contracts.identity.rpc import GET_USER
from argus.contracts.identity.v1 import identity_pb2
from argus.kernel.authz import public
from argus.kernel.http.routing import CallDep
from argus.kernel.ids import PublicSessionId, SessionId, format_id
from argus.kernel.module import Call
from argus.services.auth.browser_sessions.service import BrowserSession, BrowserSessions
from argus.services.auth.impersonation.endpoints import PAGE
from argus.services.auth.impersonation.errors import ImpersonationNotFound
from argus.services.auth.impersonation.models import Impersonation
from argus.services.auth.impersonation.repository import ImpersonationRepository
from argus.services.auth.sessions.service import SessionService
from argus.services.auth.web.cookies import IMPERSONATION, Cookies
from argus.services.auth.web.rendering import render
from argus.services.auth.web.routing import (
    BrowserSessionDep,
    FormDep,
    page_router,
    see_other,
    sign_in_redirect,
)
from argus.services.auth.web.targets import HOME

END = "/impersonation/end"
_SESSION = public("the page asks for the browser's session itself")

router = page_router()
ending = page_router(for_impersonators=True)


@router.get(f"{PAGE}/{{session_id}}", dependencies=[_SESSION])
async def show_impersonation(
    session_id: PublicSessionId, request: Request, call: CallDep, session: BrowserSessionDep
) -> Response:
    """What the administrator is about to do, as whom, and until when."""
    address = f"{PAGE}/{format_id('ses', session_id)}"
    if session is None:
        return sign_in_redirect(address)
    impersonation = await _begun_by(call, session, session_id)
    user_id = format_id("usr", impersonation.user_id)
    found = await call.rpc.call(GET_USER, identity_pb2.GetUserRequest(user_id=user_id))
    return render(
        request,
        "impersonation.html",
        impersonation=impersonation,
        user=found.user,
        action=address,
    )


@router.post(f"{PAGE}/{{session_id}}", dependencies=[_SESSION])
async def enter_impersonation(
    session_id: PublicSessionId, call: CallDep, session: BrowserSessionDep, form: FormDep
) -> Response:
    """From here on the browser acts as the person; the administrator's own session waits."""
    del form
    if session is None:
        return sign_in_redirect(f"{PAGE}/{format_id('ses', session_id)}")
    await _begun_by(call, session, session_id)
    secret = await call.resources.get(BrowserSessions).bind(call.uow, session_id, replaces=None)
    response = see_other(HOME)
    call.resources.get(Cookies).set(response, IMPERSONATION, secret)
    return response


@ending.post(END, dependencies=[_SESSION])
async def end_impersonation_by_page(
    call: CallDep, session: BrowserSessionDep, form: FormDep
) -> Response:
    """Back to one's own account."""
    del form
    if session is not None and session.impersonation is not None:
        sessions = SessionService(call.uow, call.clock)
        await sessions.end(session.user_id, session.id, "impersonation_ended")
    response = see_other(HOME)
    call.resources.get(Cookies).delete(response, IMPERSONATION)
    return response


async def _begun_by(call: Call, session: BrowserSession, session_id: SessionId) -> Impersonation:
    """The impersonation that this person began, while it runs.

    Raises:
        ImpersonationNotFound: unknown, ended, or another administrator's.
    """
    async with call.uow.database.unit_of_work(call.principal) as uow:
        found = await ImpersonationRepository(uow).find(session_id)
        live = await SessionService(uow, call.clock).is_live(session_id)
    if found is None or found.administrator_id != session.user_id or not live:
        raise ImpersonationNotFound
    return found
