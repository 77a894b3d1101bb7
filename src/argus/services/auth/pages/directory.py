"""Signing in by the user name and password of an LDAP directory."""

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from argus.kernel.authz import public
from argus.kernel.errors import ArgusError
from argus.kernel.http.routing import CallDep
from argus.kernel.module import Call
from argus.services.auth.directories.service import DirectorySignIn
from argus.services.auth.providers.errors import ProviderNotFound
from argus.services.auth.providers.registry import Providers
from argus.services.auth.web.arrival import arrive, visitor
from argus.services.auth.web.routing import FormDep, form_page, page_router, text
from argus.services.auth.web.targets import local_target

PATH = "/sign-in/directory/{name}"
_PASSWORD = public("the password is the credential")

router = page_router()


@router.get(PATH, dependencies=[_PASSWORD])
async def show_directory_sign_in(
    request: Request, call: CallDep, name: str, return_to: str = ""
) -> Response:
    """The form."""
    return _page(request, call, name, local_target(return_to))


@router.post(PATH, dependencies=[_PASSWORD])
async def sign_in_by_directory_page(
    request: Request, call: CallDep, name: str, form: FormDep
) -> Response:
    """Asks the directory."""
    target, username = local_target(text(form, "return_to")), text(form, "username").strip()[:320]
    try:
        outcome = await call.resources.get(DirectorySignIn).sign_in(
            name,
            username,
            text(form, "password")[:1024],
            None,
            visitor(request, call),
            return_to=target,
        )
    except ArgusError as error:
        return _page(request, call, name, target, username, error)
    return await arrive(request, call, outcome, target)


def _page(
    request: Request,
    call: Call,
    name: str,
    target: str,
    username: str = "",
    error: ArgusError | None = None,
) -> Response:
    offers = call.resources.get(Providers).offers
    title = next((one.title for one in offers if one.name == name and one.takes_password), None)
    if title is None:
        raise ProviderNotFound
    return form_page(
        request,
        "directory.html",
        error,
        to_client=True,
        title=title,
        action=PATH.format(name=name),
        username=username,
        return_to=target,
        query=urlencode({"return_to": target}),
    )
