"""What a page does once a factor was passed: the browser is signed in, or asked for more."""

from starlette.requests import Request
from starlette.responses import Response

from argus.kernel.module import Call
from argus.services.auth.browser_sessions.service import BrowserSessions
from argus.services.auth.sign_in_flows.service import (
    FLOW_LIFE,
    PendingSignIn,
    SignInOutcome,
    Visitor,
)
from argus.services.auth.web.cookies import FLOW, SESSION, Cookies
from argus.services.auth.web.routing import see_other
from argus.services.auth.web.targets import local_target

SECOND_FACTOR = "/sign-in/second-factor"


def visitor(request: Request, call: Call) -> Visitor:
    """Who is at the door."""
    return Visitor(call.principal, request.headers.get("user-agent", ""))


async def arrive(request: Request, call: Call, outcome: SignInOutcome, return_to: str) -> Response:
    """Sign the browser in and send it on, or ask for the second factor."""
    cookies = call.resources.get(Cookies)
    if isinstance(outcome, PendingSignIn):
        response = see_other(SECOND_FACTOR)
        cookies.set(response, FLOW, outcome.secret, FLOW_LIFE)
        return response
    sessions = call.resources.get(BrowserSessions)
    before = await sessions.current(request.cookies)
    secret = await sessions.bind(call.uow, outcome.session_id, replaces=before)
    response = see_other(local_target(return_to))
    cookies.set(response, SESSION, secret)
    cookies.delete(response, FLOW)
    return response
