"""Visits of browsers to providers: to sign in, or to link an identity."""

from starlette.requests import Request
from starlette.responses import Response

from argus.kernel.authz import in_person, public
from argus.kernel.errors import Forbidden, StepUpRequired, Unauthenticated
from argus.kernel.http.problems import problems
from argus.kernel.http.routing import CallDep, service_router
from argus.services.auth.external_identities.endpoints import FRESH
from argus.services.auth.federation.schemas import LinkIdentity, LinkStarted
from argus.services.auth.federation.service import Federation, ProviderAnswer
from argus.services.auth.person import person
from argus.services.auth.providers.errors import ProviderFailed, ProviderNotFound
from argus.services.auth.web.arrival import arrive, visitor
from argus.services.auth.web.cookies import FORM, Cookies
from argus.services.auth.web.forms import Forms
from argus.services.auth.web.routing import page_router, see_other
from argus.services.auth.web.targets import local_target

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


@router.post(
    "/identities",
    status_code=201,
    summary="Begin to link an identity",
    responses=problems(
        Unauthenticated, Forbidden, StepUpRequired, ProviderNotFound, ProviderFailed
    ),
    dependencies=[in_person(fresh=FRESH)],
)
async def link_identity(
    body: LinkIdentity, request: Request, response: Response, call: CallDep
) -> LinkStarted:
    """Send the browser to the answered address within ten minutes. The answer sets a cookie that it
    must bring back, so that nobody else's identity ends up in your account.
    """
    forms = call.resources.get(Forms)
    known = forms.browser(request.cookies)
    browser = known or forms.new_browser()
    url = await call.resources.get(Federation).begin(
        body.provider,
        browser,
        local_target(body.return_to),
        call.principal,
        linking=person(call.principal),
    )
    if known is None:
        call.resources.get(Cookies).set(response, FORM, browser)
    return LinkStarted(authorization_url=url)
