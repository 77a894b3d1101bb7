"""Whose request is this, at the endpoints where OAuth clients authenticate themselves."""

from fastapi import Request

from argus.kernel.authentication import failing_slowly
from argus.kernel.http.oauth import OAuthForm
from argus.kernel.module import Call
from argus.kernel.principal import Principal, PrincipalKind
from argus.kernel.rate_limits.limits import RateLimits
from argus.services.auth.clients.authenticator import ClientAuthenticator
from argus.services.auth.clients.client import Client
from argus.services.auth.clients.errors import InvalidClient


async def client_of(request: Request, form: OAuthForm, call: Call) -> Client:
    """The client that sent this request, which is counted as one of it.

    A client that an organization registered and that proved itself has the limit of the
    organization's tier. Whatever anybody can send in its name (public clients, clients that
    registered themselves, failures) is counted by address. Use it outside of a begun unit of work.

    Raises:
        InvalidClient, RateLimited
    """
    limits: RateLimits = request.app.state.limits
    authenticator = call.resources.get(ClientAuthenticator)
    attempt = authenticator.authenticate(request.headers.get("authorization"), form.flat)
    try:
        client = await failing_slowly(attempt)
    except InvalidClient:
        await limits.charge(call.principal, request.scope)
        raise
    await limits.charge(_charged(client, call.principal), request.scope)
    return client


def _charged(client: Client, sender: Principal) -> Principal:
    if client.organization_id is None or client.metadata.is_public:
        return sender
    return Principal(
        PrincipalKind.SERVICE_ACCOUNT, client.id, client.organization_id, address=sender.address
    )
