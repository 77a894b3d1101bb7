"""Where clients send people to be let in (RFC 6749 section 3.1), and where people answer."""

from collections.abc import Sequence
from urllib.parse import parse_qsl, urlsplit

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from argus.kernel.authz import public
from argus.kernel.http.oauth import OAuthFormDep
from argus.kernel.http.routing import CallDep
from argus.kernel.ids import format_id
from argus.kernel.module import Call
from argus.services.auth.browser_sessions.service import BrowserSession
from argus.services.auth.clients.client import ClientOrigin
from argus.services.auth.oauth.authorization.service import (
    Authorization,
    AuthorizationService,
    ConsentNeeded,
    SignInNeeded,
)
from argus.services.auth.oauth.authorization_request import AuthorizationRefused
from argus.services.auth.oauth.redirect_uris import is_loopback
from argus.services.auth.pages.demands import demands_page, refusal_of
from argus.services.auth.web.problems import told
from argus.services.auth.web.rendering import render
from argus.services.auth.web.routing import (
    BrowserSessionDep,
    FormDep,
    page_router,
    see_other,
    sign_in_redirect,
    text,
)

PATH = "/oauth/authorize"

router = page_router()


@router.get(PATH, dependencies=[public("the person signs in on the way")])
async def authorize(request: Request, call: CallDep, session: BrowserSessionDep) -> Response:
    """The request is in the query."""
    return await _authorize(request, call, session, request.query_params.multi_items())


@router.post(PATH, dependencies=[public("the person signs in on the way")])
async def authorize_by_form(
    request: Request, call: CallDep, session: BrowserSessionDep, form: OAuthFormDep
) -> Response:
    """The request is in the body (OpenID Connect Core 3.1.2.1). It changes nothing by itself, so
    other sites may send it.
    """
    sent = [(name, value) for name, values in form.values.items() for value in values]
    return await _authorize(request, call, session, sent)


@router.post("/consent", dependencies=[public("the person is asked who has a browser session")])
async def answer_consent(
    request: Request, call: CallDep, session: BrowserSessionDep, form: FormDep
) -> Response:
    """The person said yes or no to the request that comes with the form."""
    sent = parse_qsl(text(form, "request"), keep_blank_values=True)
    return await _authorize(request, call, session, sent, form)


async def _authorize(
    request: Request,
    call: Call,
    session: BrowserSession | None,
    sent: Sequence[tuple[str, str]],
    answer: FormData | None = None,
) -> Response:
    service = call.resources.get(AuthorizationService)
    located = await service.locate(sent)
    try:
        asked = await service.judge(located)
        signed_in = await service.signed_in(asked, session)
        if isinstance(signed_in, SignInNeeded):
            return sign_in_redirect(
                f"{PATH}?{signed_in.query}", again=signed_in.again, login_hint=signed_in.login_hint
            )
        if answer is None:
            agreed = await service.agreed(asked, signed_in)
            if isinstance(agreed, ConsentNeeded):
                return _consent_page(request, asked, agreed)
        elif text(answer, "decision") == "allow":
            agreed = await service.chosen(signed_in, text(answer, "organization"))
        else:
            raise AuthorizationRefused("access_denied", "the person said no")
        refusal = await refusal_of(call, signed_in, agreed)
        if refusal is not None:
            if "none" in asked.request.prompts:
                raise AuthorizationRefused("interaction_required", told(refusal))
            cancelled = service.answer(located, error="access_denied")
            back = f"{PATH}?{located.query}"
            return await demands_page(request, call, signed_in, refusal, back, cancelled)
        if answer is not None:
            await service.agree(call.uow, asked, signed_in, agreed)
        return see_other(await service.grant(call.uow, asked, signed_in, agreed))
    except AuthorizationRefused as refused:
        # The client is told at its own address, which `locate` has found to be one.
        answered = {"error": refused.error, "error_description": refused.detail}
        return see_other(service.answer(located, **answered))


def _consent_page(request: Request, asked: Authorization, needed: ConsentNeeded) -> Response:
    client, redirect_uri = asked.client, asked.request.redirect_uri
    return render(
        request,
        "consent.html",
        to_client=True,
        client=client.metadata,
        vouched=client.origin is ClientOrigin.ORGANIZATION,
        on_this_device=is_loopback(redirect_uri),
        host=urlsplit(redirect_uri).netloc or urlsplit(redirect_uri).scheme,
        resource=asked.resource,
        scopes=[(scope, asked.resource.scopes[scope]) for scope in asked.scopes],
        organizations=[(format_id("org", one.id), one.name) for one in needed.organizations],
        query=asked.located.query,
    )
