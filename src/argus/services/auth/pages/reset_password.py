"""A new password for whoever forgot theirs and reads the account's mail."""

from starlette.requests import Request
from starlette.responses import Response

from argus.kernel.authz import public
from argus.kernel.errors import ArgusError
from argus.kernel.http.routing import CallDep
from argus.services.auth.password_reset.service import PasswordReset
from argus.services.auth.web.rendering import render
from argus.services.auth.web.routing import FormDep, form_page, page_router, text

_MAIL = public("what is mailed is the credential")

router = page_router()


@router.get("/forgot-password", dependencies=[_MAIL])
async def show_forgot_password(request: Request) -> Response:
    """Asks for the address."""
    return form_page(request, "forgot_password.html", email="")


@router.post("/forgot-password", dependencies=[_MAIL])
async def send_reset_mail(request: Request, call: CallDep, form: FormDep) -> Response:
    """Mails a link, if the address is somebody's; the page does not tell."""
    email = text(form, "email").strip()[:320]
    try:
        await call.resources.get(PasswordReset).mail(email, call.principal)
    except ArgusError as error:
        return form_page(request, "forgot_password.html", error, email=email)
    return render(
        request,
        "message.html",
        title="Look into your mail",
        text=f"If {email} has an account here, a link is on its way that lets you choose a new"
        " password. It is good for half an hour, and once.",
        link="/sign-in",
        link_text="Back to signing in",
    )


@router.get("/reset-password", dependencies=[_MAIL])
async def show_reset_password(request: Request, token: str = "") -> Response:
    """Where the mailed link leads."""
    return form_page(request, "reset_password.html", token=token[:200])


@router.post("/reset-password", dependencies=[_MAIL])
async def reset_password_by_page(request: Request, call: CallDep, form: FormDep) -> Response:
    """Sets the password, which signs out everywhere; the person signs in with it next."""
    token = text(form, "token")
    try:
        await call.resources.get(PasswordReset).reset(
            token, text(form, "password")[:1024], call.principal
        )
    except ArgusError as error:
        return form_page(request, "reset_password.html", error, token=token)
    return render(
        request,
        "message.html",
        title="Your password is new",
        text="You were signed out everywhere. Sign in with the new password.",
        link="/sign-in",
        link_text="Sign in",
    )
