"""Visits of browsers to providers, and the list of providers."""

from starlette.requests import Request
from starlette.responses import Response

from argus.kernel.authz import public
from argus.kernel.http.routing import CallDep, service_router
from argus.services.auth.federation.providers import Providers
from argus.services.auth.federation.schemas import ProviderList, ProviderView
from argus.services.auth.federation.service import Federation, ProviderAnswer
from argus.services.auth.pages.arrival import arrive, visitor
from argus.services.auth.pages.cookies import FORM, Cookies
from argus.services.auth.pages.forms import Forms
from argus.services.auth.pages.routing import page_router, see_other
from argus.services.auth.pages.targets import local_target

pages = page_router()
router = service_router("auth", prefix="/api/v1/auth", tags=["federation"])


@pages.get(
    "/api/v1/oauth/{provider}/authorize",
    dependencies=[public("who signs in has no credential yet")],
)
async def visit_provider(
    provider: str, request: Request, call: CallDep, return_to: str = ""
) -> Response:
    """Send the browser to the provider; it comes back to `callback`, and then goes to the path
    `return_to`.
    """
    forms = call.resources.get(Forms)
    known = forms.browser(request.cookies)
    browser = known or forms.new_browser()
    url = await call.resources.get(Federation).begin(
        provider, browser, local_target(return_to), call.principal
    )
    response = see_other(url)
    if known is None:
        call.resources.get(Cookies).set(response, FORM, browser)
    return response


@pages.get(
    "/api/v1/oauth/{provider}/callback",
    dependencies=[public("the provider's answer is the credential")],
)
async def return_from_provider(
    provider: str,
    request: Request,
    call: CallDep,
    state: str = "",
    code: str = "",
    error: str = "",
    iss: str | None = None,
) -> Response:
    """Sign the browser in, or link the identity for which it went, and send it on."""
    browser = call.resources.get(Forms).browser(request.cookies) or ""
    ended = await call.resources.get(Federation).finish(
        provider, browser, ProviderAnswer(state, code, error, iss), visitor(request, call)
    )
    if ended.outcome is None:
        return see_other(local_target(ended.return_to))
    return await arrive(request, call, ended.outcome, ended.return_to)


@router.get(
    "/providers",
    summary="List the providers people can sign in with",
    dependencies=[public("the sign-in page shows them")],
)
async def list_providers(call: CallDep) -> ProviderList:
    """In the order of the installation's settings."""
    offers = call.resources.get(Providers).offers
    return ProviderList(items=[ProviderView.of(offer) for offer in offers])
