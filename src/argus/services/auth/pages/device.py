"""Where a person lets in a device that shows a code (RFC 8628 section 3.3)."""

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from argus.kernel.authz import public
from argus.kernel.http.routing import CallDep
from argus.kernel.ids import OrganizationId, format_id
from argus.services.auth.attempts.errors import TooManyAttempts
from argus.services.auth.oauth.device.errors import UserCodeUnknown
from argus.services.auth.oauth.device.repository import Approver
from argus.services.auth.oauth.device.service import DeviceService, WaitingDevice
from argus.services.auth.pages.demands import demands_page, refusal_of
from argus.services.auth.web.rendering import render
from argus.services.auth.web.routing import (
    BrowserSessionDep,
    FormDep,
    form_page,
    page_router,
    sign_in_redirect,
    text,
)

_SESSION = public("the page asks for the browser's session itself")

router = page_router()


@router.get("/device", dependencies=[_SESSION])
async def show_device(
    request: Request, session: BrowserSessionDep, user_code: str = ""
) -> Response:
    """The form for the code. A code in the address is only filled in: the person still confirms."""
    if session is None:
        query = f"?{urlencode({'user_code': user_code[:40]})}" if user_code else ""
        return sign_in_redirect(f"/device{query}")
    return form_page(request, "device.html", user_code=user_code[:40])


@router.post("/device", dependencies=[_SESSION])
async def find_device(
    request: Request, session: BrowserSessionDep, call: CallDep, form: FormDep
) -> Response:
    """What wants to be let in, and what it would be allowed."""
    if session is None:
        return sign_in_redirect("/device")
    user_code = text(form, "user_code")[:40]
    try:
        waiting = await call.resources.get(DeviceService).find(
            user_code, session.principal(call.principal.address)
        )
    except (UserCodeUnknown, TooManyAttempts) as error:
        return form_page(request, "device.html", error, user_code=user_code)
    return render(
        request,
        "device_confirm.html",
        waiting=waiting,
        scopes=_scopes(waiting),
        organizations=[(format_id("org", one.id), one.name) for one in waiting.organizations],
    )


@router.post("/device/decision", dependencies=[_SESSION])
async def decide_device(
    request: Request, session: BrowserSessionDep, call: CallDep, form: FormDep
) -> Response:
    """Let the device in, or keep it out."""
    if session is None:
        return sign_in_redirect("/device")
    devices, user_code = call.resources.get(DeviceService), text(form, "user_code")
    principal = session.principal(call.principal.address)
    if text(form, "decision") != "approve":
        await devices.deny(call.uow, user_code, session.user_id)
        return _done(request, "The device was kept out", "It cannot do anything in your name.")
    waiting = await devices.find(user_code, principal)
    organization_id = _chosen(waiting, text(form, "organization"))
    refusal = await refusal_of(call, session, organization_id)
    if refusal is not None:
        back = f"/device?{urlencode({'user_code': waiting.user_code})}"
        return await demands_page(request, call, session, refusal, back, "/device")
    await devices.approve(
        call.uow, user_code, Approver(session.user_id, organization_id, session.id)
    )
    return _done(
        request, "The device is let in", "Go back to it: it goes on by itself in a few seconds."
    )


def _done(request: Request, title: str, told: str) -> Response:
    return render(
        request, "message.html", title=title, text=told, link="/account", link_text="Your account"
    )


def _chosen(waiting: WaitingDevice, public_id: str) -> OrganizationId:
    """The organization with this id, of those that were offered.

    Raises:
        UserCodeUnknown: it is none of them.
    """
    for one in waiting.organizations:
        if format_id("org", one.id) == public_id:
            return one.id
    raise UserCodeUnknown


def _scopes(waiting: WaitingDevice) -> list[str]:
    if waiting.scopes is None:
        return ["Everything that you may do"]
    return [waiting.resource.scopes.get(scope, scope) for scope in waiting.scopes]
