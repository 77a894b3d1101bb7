"""The introspection endpoint (RFC 7662 section 2)."""

from fastapi import Request

from argus.kernel.authz import public
from argus.kernel.http.oauth import OAuthFormDep, form_of, oauth_router, refusals
from argus.kernel.http.routing import CallDep
from argus.services.auth.clients.errors import InvalidClient
from argus.services.auth.clients.requests import client_of
from argus.services.auth.oauth.introspection.schemas import Introspection
from argus.services.auth.oauth.introspection.service import Introspector

router = oauth_router("auth", prefix="/oauth")


@router.post(
    "/introspect",
    summary="Introspect a token",
    responses=refusals(InvalidClient),
    response_model_exclude_none=True,
    openapi_extra=form_of("token", optional=("token_type_hint", "client_id")),
    dependencies=[public("clients authenticate themselves")],
)
async def introspect_token(form: OAuthFormDep, call: CallDep, request: Request) -> Introspection:
    """RFC 7662. Clients with a credential may ask about their own tokens, and about access tokens
    for resources of their organization; any other token is inactive to them.
    """
    client = (await client_of(request, form, call)).client
    if client.metadata.is_public:
        raise InvalidClient("a client without a credential may not introspect")
    return await call.resources.get(Introspector).introspect(
        call.uow, form.require("token"), client
    )
