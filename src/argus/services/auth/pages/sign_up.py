"""Making an account: by invitation, or by a mailed code where everybody may."""

from starlette.requests import Request
from starlette.responses import Response

from argus.kernel.authz import public
from argus.kernel.errors import ArgusError
from argus.kernel.http.routing import CallDep
from argus.kernel.module import Call
from argus.services.auth.email_proofs.service import MailedCode
from argus.services.auth.settings import AuthSettings
from argus.services.auth.sign_up.errors import SignUpClosed
from argus.services.auth.sign_up.schemas import SignUp
from argus.services.auth.sign_up.service import SignUpService
from argus.services.auth.web.arrival import arrive, visitor
from argus.services.auth.web.routing import FormDep, form_page, page_router, text
from argus.services.auth.web.targets import local_target

_NEW = public("there is no account yet")

router = page_router()


@router.get("/sign-up", dependencies=[_NEW])
async def show_sign_up(
    request: Request, call: CallDep, return_to: str = "", invitation: str = ""
) -> Response:
    """The form."""
    if call.resources.get(AuthSettings).sign_up == "closed":
        raise SignUpClosed
    return _page(
        request, call, {"return_to": local_target(return_to), "invitation": invitation[:200]}
    )


@router.post("/sign-up", dependencies=[_NEW])
async def sign_up_by_page(request: Request, call: CallDep, form: FormDep) -> Response:
    """Make the account, or mail the code that makes it."""
    names = ("email", "name", "password", "invitation", "return_to")
    sent = {name: text(form, name) for name in names}
    target = local_target(sent["return_to"])
    try:
        wanted = SignUp.parse(
            {
                "email": sent["email"].strip(),
                "name": sent["name"].strip(),
                "password": sent["password"],
                "invitation_token": sent["invitation"].strip() or None,
            }
        )
        outcome = await call.resources.get(SignUpService).sign_up(
            wanted.email,
            wanted.password,
            wanted.name,
            wanted.invitation_token,
            visitor(request, call),
        )
    except ArgusError as error:
        return _page(request, call, sent, error)
    if isinstance(outcome, MailedCode):
        return _code_form(request, outcome.handle, target)
    return await arrive(request, call, outcome, target)


@router.post("/sign-up/confirm", dependencies=[_NEW])
async def confirm_sign_up_by_page(request: Request, call: CallDep, form: FormDep) -> Response:
    """The mailed code came back."""
    handle, target = text(form, "handle"), local_target(text(form, "return_to"))
    try:
        outcome = await call.resources.get(SignUpService).confirm(
            handle, text(form, "code").strip(), visitor(request, call)
        )
    except ArgusError as error:
        return _code_form(request, handle, target, error)
    return await arrive(request, call, outcome, target)


def _page(
    request: Request, call: Call, sent: dict[str, str], error: ArgusError | None = None
) -> Response:
    return form_page(
        request,
        "sign_up.html",
        error,
        to_client=True,
        invited=call.resources.get(AuthSettings).sign_up == "invited",
        sent={"email": "", "name": "", **sent},
    )


def _code_form(
    request: Request, handle: str, target: str, error: ArgusError | None = None
) -> Response:
    return form_page(
        request,
        "code.html",
        error,
        to_client=True,
        action="/sign-up/confirm",
        heading="Confirm your address",
        lead="We sent you a mail with a code. It is good for half an hour, on this page only.",
        button="Make the account",
        handle=handle,
        return_to=target,
    )
