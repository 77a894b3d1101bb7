"""The authorization code grant (RFC 6749 section 4.1.3, RFC 7636)."""

from argus.services.auth.clients.metadata import AUTHORIZATION_CODE
from argus.services.auth.oauth.codes.service import CodeService, Exchange
from argus.services.auth.oauth.token.grants import (
    GrantRequest,
    TokenResponse,
    answer_of_session,
    grant,
)
from argus.services.auth.resources.errors import InvalidTarget
from argus.services.auth.resources.registry import ResourceRegistry


@grant(AUTHORIZATION_CODE)
async def exchange_code(request: GrantRequest) -> TokenResponse:
    """Once, by the client that the code was made for, with the verifier of its challenge."""
    form, resources = request.form, request.call.resources
    audience = None
    if request.resource is not None:
        resource = await resources.get(ResourceRegistry).find(request.resource)
        if resource is None:
            raise InvalidTarget
        audience = resource.identifier
    exchange = Exchange(
        client=request.client,
        verifier=form.require("code_verifier"),
        redirect_uri=form.get("redirect_uri"),
        jkt=request.jkt,
        refresh_jkt=request.refresh_jkt,
        audience=audience,
    )
    codes, principal = resources.get(CodeService), request.call.principal
    exchanged = await codes.exchange(form.require("code"), exchange, principal)
    return answer_of_session(request, exchanged.tokens, id_token=exchanged.id_token)
