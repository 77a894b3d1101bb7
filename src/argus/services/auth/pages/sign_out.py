"""Signing out: at the person's own wish, and at that of a client (OIDC RP-Initiated Logout)."""

from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import Response

from argus.kernel.authz import public
from argus.kernel.http.oauth import OAuthFormDep
from argus.kernel.http.routing import CallDep
from argus.kernel.module import Call
from argus.services.auth.browser_sessions.service import BrowserSession
from argus.services.auth.oauth.logout.service import LogoutRequest, LogoutService
from argus.services.auth.sessions.service import SessionService
from argus.services.auth.web.cookies import SESSION, Cookies
from argus.services.auth.web.rendering import render
from argus.services.auth.web.routing import (
    BrowserSessionDep,
    FormDep,
    page_router,
    see_other,
    text,
)

PATH = "/oauth/logout"
_ANYBODY = public("who has no session has nothing to end")

router = page_router()


@router.get(PATH, dependencies=[_ANYBODY])
async def log_out(request: Request, call: CallDep, session: BrowserSessionDep) -> Response:
    """Ends the session at once if the client proves that it means it, else asks the person."""
    asked = await call.resources.get(LogoutService).read(dict(request.query_params))
    if session is None:
        return see_other(asked.back_to or "/signed-out")
    if await call.resources.get(LogoutService).is_meant(asked, session):
        return await _end(call, session, asked)
    return render(request, "sign_out.html", to_client=True, asked=asked)


@router.post(PATH, dependencies=[_ANYBODY])
async def log_out_by_form(form: OAuthFormDep) -> Response:
    """The same request, sent by a form of the client's site: browsers send no cookie along with
    that, but do when they are sent on.
    """
    return see_other(f"{PATH}?{urlencode(form.flat)}")


@router.post("/sign-out", dependencies=[_ANYBODY])
async def sign_out_by_page(call: CallDep, session: BrowserSessionDep, form: FormDep) -> Response:
    """The person said yes."""
    asked = await call.resources.get(LogoutService).read(dict(parse_qsl(text(form, "request"))))
    if session is None:
        return see_other(asked.back_to or "/signed-out")
    return await _end(call, session, asked)


@router.get("/signed-out", dependencies=[_ANYBODY])
async def show_signed_out(request: Request) -> Response:
    """The end of a session, as the person sees it."""
    return render(
        request,
        "message.html",
        title="You are signed out",
        text="On a computer that others use as well, close the browser too.",
        link="/sign-in",
        link_text="Sign in again",
    )


async def _end(call: Call, session: BrowserSession, asked: LogoutRequest) -> Response:
    await SessionService(call.uow, call.clock).end(session.user_id, session.id, "sign_out")
    response = see_other(asked.back_to or "/signed-out")
    call.resources.get(Cookies).delete(response, SESSION)
    return response
