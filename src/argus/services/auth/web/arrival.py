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
from argus.services.auth.tokens.service import IssuedTokens
from argus.services.auth.web.cookies import FLOW, SESSION, Cookies
from argus.services.auth.web.routing import see_other
from argus.services.auth.web.targets import local_target

SECOND_FACTOR = "/sign-in/second-factor"
ENROL = "/sign-in/enrol"


def visitor(request: Request, call: Call) -> Visitor:
    """Who is at the door."""
    return Visitor(call.principal, request.headers.get("user-agent", ""))


def flow_secret(request: Request, call: Call) -> str:
    """Of the sign-in that is under way in this browser."""
    return request.cookies.get(call.resources.get(Cookies).name(FLOW), "")


async def arrive(request: Request, call: Call, outcome: SignInOutcome, return_to: str) -> Response:
    """Sign the browser in and send it on, or ask for the second factor, or to set one up."""
    if not isinstance(outcome, PendingSignIn):
        return await signed_in(request, call, outcome, see_other(local_target(return_to)))
    response = see_other(SECOND_FACTOR if outcome.factors else ENROL)
    call.resources.get(Cookies).set(response, FLOW, outcome.secret, FLOW_LIFE)
    return response


async def signed_in(
    request: Request, call: Call, issued: IssuedTokens, response: Response
) -> Response:
    """The same response; the browser that gets it is signed in."""
    cookies, sessions = call.resources.get(Cookies), call.resources.get(BrowserSessions)
    before = await sessions.current(request.cookies)
    secret = await sessions.bind(call.uow, issued.session_id, replaces=before)
    cookies.set(response, SESSION, secret)
    cookies.delete(response, FLOW)
    return response
