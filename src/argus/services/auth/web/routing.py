"""Routes whose answers are pages, also when they refuse."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode

import structlog
from fastapi import APIRouter, Depends
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from argus.contracts.identity.rpc import GET_USER
from argus.contracts.identity.v1 import identity_pb2
from argus.kernel import context
from argus.kernel.errors import ArgusError, InvalidRequest
from argus.kernel.http.routing import CallDep, ServiceRoute
from argus.kernel.ids import format_id
from argus.kernel.module import Module
from argus.services.auth.browser_sessions.service import BrowserSession, BrowserSessions
from argus.services.auth.web.errors import InSomebodyElsesPlace
from argus.services.auth.web.forms import Forms
from argus.services.auth.web.problems import told
from argus.services.auth.web.rendering import render
from argus.services.auth.web.targets import local_target

_log = structlog.get_logger(__name__)


class PageRoute(ServiceRoute):
    """A route of this service that answers errors of the catalogue by a page."""

    service = "auth"

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def run(request: Request) -> Response:
            try:
                return await handle(request)
            except RequestValidationError:
                return error_page(request, InvalidRequest("the address or the form is incomplete"))
            except ArgusError as error:
                return error_page(request, error)

        return run


def page_router(*, for_impersonators: bool = False) -> APIRouter:
    """A router of pages. They are no operations of the interface, so no document lists them.

    Whoever acts in somebody else's place sees that on all of them, and uses none but those that are
    `for_impersonators`.
    """
    entry = _current_session if for_impersonators else _own_session
    return APIRouter(route_class=PageRoute, include_in_schema=False, dependencies=[Depends(entry)])


def error_page(request: Request, error: ArgusError) -> Response:
    """The page that tells of `error`."""
    _log.info("http.refused", code=error.code, detail=error.detail)
    page = render(
        request, "error.html", status=error.status, error=error, request_id=context.request_id.get()
    )
    page.headers.update(error.headers)
    return page


def text(form: FormData, name: str) -> str:
    """The value of a field; empty when it was not sent, or as a file."""
    value = form.get(name)
    return value if isinstance(value, str) else ""


def form_page(
    request: Request,
    template: str,
    error: ArgusError | None = None,
    *,
    to_client: bool = False,
    **context: object,
) -> Response:
    """A page with a form; with the problem that `error` tells of, if there was one."""
    page = render(
        request,
        template,
        status=error.status if error else 200,
        to_client=to_client,
        problem=told(error) if error else "",
        **context,
    )
    if error:
        page.headers.update(error.headers)
    return page


def see_other(target: str) -> RedirectResponse:
    """303: the browser gets `target`, whatever it sent before (RFC 9700 section 4.12)."""
    return RedirectResponse(target, 303)


def sign_in_redirect(return_to: str, *, again: bool = False, login_hint: str = "") -> Response:
    """To the sign-in page and, once the person is signed in, back to `return_to`.

    `again`: also who is signed in already must sign in.
    """
    query = {"return_to": local_target(return_to)}
    if again:
        query["again"] = "1"
    if login_hint:
        query["login_hint"] = login_hint
    return see_other(f"/sign-in?{urlencode(query)}")


@dataclass(frozen=True)
class Banner:
    """What is shown on each page to who acts in somebody else's place."""

    name: str
    reason: str
    ends_at: datetime


async def _current_session(request: Request, call: CallDep) -> BrowserSession | None:
    session = await call.resources.get(BrowserSessions).current(request.cookies)
    if session is not None and session.impersonation is not None:
        user_id = format_id("usr", session.user_id)
        found = await call.rpc.call(GET_USER, identity_pb2.GetUserRequest(user_id=user_id))
        acting = session.impersonation
        request.state.banner = Banner(found.user.name, acting.reason, acting.ends_at)
    return session


async def _own_session(
    session: Annotated[BrowserSession | None, Depends(_current_session)],
) -> None:
    if session is not None and session.impersonation is not None:
        raise InSomebodyElsesPlace


async def _read_form(request: Request) -> FormData:
    return await _module(request).resources.get(Forms).read(request)


def _module(request: Request) -> Module:
    return request.app.state.modules["auth"]


BrowserSessionDep = Annotated[BrowserSession | None, Depends(_current_session)]
"""Who is signed in with this browser; in their own name, but on pages `for_impersonators`."""
FormDep = Annotated[FormData, Depends(_read_form)]
"""The fields of a form that this browser was shown; FormStale for any other."""
