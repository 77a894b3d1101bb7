"""Signing in by a link or a code that is mailed."""

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from argus.kernel.authz import public
from argus.kernel.errors import ArgusError
from argus.kernel.http.routing import CallDep
from argus.services.auth.email_proofs.models import Purpose
from argus.services.auth.email_sign_in.service import EmailSignIn
from argus.services.auth.web.arrival import arrive, visitor
from argus.services.auth.web.rendering import render
from argus.services.auth.web.routing import FormDep, form_page, page_router, text
from argus.services.auth.web.targets import local_target

_MAIL = public("what is mailed is the credential")

router = page_router()


@router.get("/sign-in/email", dependencies=[_MAIL])
async def show_mail_form(request: Request, return_to: str = "") -> Response:
    """Asks for the address, and whether a link or a code is wanted."""
    return _mail_form(request, local_target(return_to))


@router.post("/sign-in/email", dependencies=[_MAIL])
async def send_sign_in_mail(request: Request, call: CallDep, form: FormDep) -> Response:
    """Mails it, if the address is somebody's; the page does not tell."""
    email, target = text(form, "email").strip()[:320], local_target(text(form, "return_to"))
    by_code = text(form, "by") == "code"
    purpose = Purpose.SIGN_IN_CODE if by_code else Purpose.SIGN_IN_LINK
    try:
        mailed = await call.resources.get(EmailSignIn).mail(purpose, email, visitor(request, call))
    except ArgusError as error:
        return _mail_form(request, target, email, error)
    if by_code:
        return _code_form(request, mailed.handle, target)
    return render(
        request,
        "message.html",
        title="Look into your mail",
        text=f"If {email} has an account here, a link is on its way. It is good for 15 minutes, and"
        " once. It may take a minute to arrive; look among the unwanted mail too.",
        link=f"/sign-in?{urlencode({'return_to': target})}",
        link_text="Back to signing in",
    )


@router.post("/sign-in/code", dependencies=[_MAIL])
async def sign_in_by_mailed_code(request: Request, call: CallDep, form: FormDep) -> Response:
    """The code came back."""
    handle, target = text(form, "handle"), local_target(text(form, "return_to"))
    try:
        outcome = await call.resources.get(EmailSignIn).sign_in_by_code(
            handle, text(form, "code").strip(), visitor(request, call), return_to=target
        )
    except ArgusError as error:
        return _code_form(request, handle, target, error)
    return await arrive(request, call, outcome, target)


@router.get("/sign-in/link", dependencies=[_MAIL])
async def show_link(request: Request, token: str = "") -> Response:
    """Where the link leads. It asks once more: programs that look at mails open links too."""
    return form_page(request, "link.html", action="/sign-in/link", token=token[:200])


@router.post("/sign-in/link", dependencies=[_MAIL])
async def sign_in_by_link(request: Request, call: CallDep, form: FormDep) -> Response:
    """The link was opened by a person."""
    token = text(form, "token")
    try:
        outcome = await call.resources.get(EmailSignIn).sign_in_by_link(
            token, visitor(request, call)
        )
    except ArgusError as error:
        return form_page(request, "link.html", error, action="/sign-in/link", token=token)
    return await arrive(request, call, outcome, "")


def _mail_form(
    request: Request, target: str, email: str = "", error: ArgusError | None = None
) -> Response:
    return form_page(request, "email.html", error, return_to=target, email=email)


def _code_form(
    request: Request, handle: str, target: str, error: ArgusError | None = None
) -> Response:
    return form_page(
        request,
        "code.html",
        error,
        to_client=True,
        action="/sign-in/code",
        heading="Enter the code",
        lead="If the address has an account here, a code is on its way to it. It is good for ten"
        " minutes, on this page only.",
        button="Sign in",
        handle=handle,
        return_to=target,
    )
