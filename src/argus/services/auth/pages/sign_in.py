"""The sign-in page: password or passkey, and the ways to others."""

from urllib.parse import urlencode

from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from argus.kernel.authz import public
from argus.kernel.errors import ArgusError
from argus.kernel.http.routing import CallDep
from argus.kernel.module import Call
from argus.services.auth.factors.service import Factors
from argus.services.auth.passkeys.errors import PasskeyInvalid
from argus.services.auth.passkeys.service import Options
from argus.services.auth.providers.registry import Offer, Providers
from argus.services.auth.settings import AuthSettings
from argus.services.auth.sign_in.service import SignInService
from argus.services.auth.sign_in_flows.errors import CredentialsInvalid
from argus.services.auth.web.arrival import arrive, visitor
from argus.services.auth.web.routing import (
    BrowserSessionDep,
    FormDep,
    form_page,
    page_router,
    see_other,
    text,
)
from argus.services.auth.web.targets import local_target

router = page_router()


@router.get("/sign-in", dependencies=[public("who signs in has no credential yet")])
async def show_sign_in(
    request: Request,
    call: CallDep,
    session: BrowserSessionDep,
    return_to: str = "",
    again: str = "",
    login_hint: str = "",
) -> Response:
    """The form; who is signed in goes on at once, unless `again` is asked."""
    target = local_target(return_to)
    if session is not None and not again:
        return see_other(target)
    return _page(request, call, target, email=login_hint[:320])


@router.post("/sign-in", dependencies=[public("the password is the credential")])
async def sign_in_by_page(request: Request, call: CallDep, form: FormDep) -> Response:
    """Sign in by password."""
    target, email = local_target(text(form, "return_to")), text(form, "email").strip()
    try:
        outcome = await call.resources.get(SignInService).sign_in(
            email[:320],
            text(form, "password")[:1024],
            None,
            visitor(request, call),
            return_to=target,
        )
    except ArgusError as error:
        return _page(request, call, target, email=email, error=error)
    return await arrive(request, call, outcome, target)


@router.post("/sign-in/passkey", dependencies=[public("the passkey is the credential")])
async def sign_in_by_passkey(request: Request, call: CallDep, form: FormDep) -> Response:
    """Sign in by passkey; without one, the options to ask it with."""
    sent, target = text(form, "credential"), local_target(text(form, "return_to"))
    if not sent:
        passkeys = call.resources.get(Factors).passkeys(call.uow)
        return JSONResponse(await passkeys.sign_in_options())
    try:
        outcome = await call.resources.get(SignInService).sign_in_by_passkey(
            credential(sent), None, visitor(request, call), return_to=target
        )
    except (PasskeyInvalid, CredentialsInvalid):
        return _page(request, call, target, error=PasskeyInvalid())
    return await arrive(request, call, outcome, target)


def credential(sent: str) -> Options:
    """What the browser's authenticator answered; empty for what is no JSON object."""
    try:
        return TypeAdapter(Options).validate_json(sent)
    except ValidationError:
        return {}


def _page(
    request: Request,
    call: Call,
    target: str,
    *,
    email: str = "",
    error: ArgusError | None = None,
) -> Response:
    query = urlencode({"return_to": target})
    return form_page(
        request,
        "sign_in.html",
        error,
        to_client=True,
        return_to=target,
        query=query,
        email=email,
        providers=[
            (one.title, f"{_way(one)}?{query}") for one in call.resources.get(Providers).offers
        ],
        may_sign_up=call.resources.get(AuthSettings).sign_up == "open",
    )


def _way(offer: Offer) -> str:
    if offer.takes_password:
        return f"/sign-in/directory/{offer.name}"
    return f"/api/v1/oauth/{offer.name}/authorize"
