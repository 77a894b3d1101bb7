"""Whose request is this, at the endpoints where OAuth clients authenticate themselves."""

from fastapi import Request

from argus.kernel.authentication import failing_slowly
from argus.kernel.http.oauth import OAuthForm
from argus.kernel.module import Call
from argus.kernel.principal import Principal, PrincipalKind
from argus.kernel.rate_limits.limits import RateLimits
from argus.services.auth.clients.authenticator import ClientAuthenticator
from argus.services.auth.clients.client import Client, KnownClient
from argus.services.auth.clients.errors import InvalidClient


async def client_of(
    request: Request, form: OAuthForm, call: Call, *, anew: bool = False
) -> KnownClient:
    """The client that sent this request, which is counted as one of it; `anew` as for
    `ClientRegistry.know`.

    A client that an organization registered and that proved itself has the limit of the
    organization's tier. Whatever anybody can send in its name (public clients, clients that
    registered themselves, failures) is counted by address. Use it outside of a begun unit of work.

    Raises:
        InvalidClient, RateLimited
    """
    limits: RateLimits = request.app.state.limits
    authenticator = call.resources.get(ClientAuthenticator)
    attempt = authenticator.authenticate(request.headers.get("authorization"), form.flat, anew=anew)
    try:
        known = await failing_slowly(attempt)
    except InvalidClient:
        await limits.charge(call.principal, request.scope)
        raise
    await limits.charge(charged(known.client, call.principal), request.scope)
    return known


def charged(client: Client, sender: Principal) -> Principal:
    """As whose a request counts that the client sent from the sender's address."""
    if client.organization_id is None or client.metadata.is_public:
        return sender
    return Principal(
        PrincipalKind.SERVICE_ACCOUNT, client.id, client.organization_id, address=sender.address
    )
