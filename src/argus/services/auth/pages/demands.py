"""What an organization demands of whoever is signed in, told where they are about to enter it."""

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from argus.kernel.errors import ArgusError
from argus.kernel.ids import OrganizationId
from argus.kernel.module import Call
from argus.services.auth.browser_sessions.service import BrowserSession
from argus.services.auth.factors.service import Factors
from argus.services.auth.organization_security.errors import (
    MfaRequired,
    SessionTooOld,
    SignInMethodNotAllowed,
)
from argus.services.auth.pages.enrolment import SET_UP
from argus.services.auth.tokens.service import TokenService
from argus.services.auth.web.problems import told
from argus.services.auth.web.rendering import render


async def refusal_of(
    call: Call, session: BrowserSession, organization_id: OrganizationId
) -> ArgusError | None:
    """Why nothing may be let in for that organization from this session, or None. Ask before the
    call's unit of work begins.
    """
    return await call.resources.get(TokenService).refusal(
        session.id, session.user_id, organization_id, session.principal(call.principal.address)
    )


async def demands_page(
    request: Request,
    call: Call,
    session: BrowserSession,
    refusal: ArgusError,
    return_to: str,
    cancelled: str,
) -> Response:
    """The page that says what is missing and leads to where it is mended, then to `return_to`; or,
    when the person would rather not, to `cancelled`.
    """
    way = ("", "")
    if isinstance(refusal, MfaRequired | SessionTooOld | SignInMethodNotAllowed):
        query = {"again": "1", "return_to": return_to}
        way = (f"/sign-in?{urlencode(query)}", "Sign in again")
    if isinstance(refusal, MfaRequired):
        async with call.uow.database.unit_of_work(call.principal) as uow:
            enrolled = await call.resources.get(Factors).enrolled(uow, session.user_id)
        if not enrolled:
            way = (f"{SET_UP}?{urlencode({'return_to': return_to})}", "Set up the second step")
    return render(
        request,
        "demands.html",
        status=refusal.status,
        told=told(refusal),
        way=way,
        cancelled=cancelled,
    )
