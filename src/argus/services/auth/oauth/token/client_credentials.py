"""The client credentials grant (RFC 6749 section 4.4): a client speaks for its service account."""

from argus.contracts.auth.events import AccessTokenIssued
from argus.contracts.permissions import Role
from argus.kernel.ids import format_id
from argus.services.auth.clients.metadata import CLIENT_CREDENTIALS
from argus.services.auth.oauth.errors import UnauthorizedClient
from argus.services.auth.oauth.token.grants import GrantRequest, TokenResponse, answer_of, grant
from argus.services.auth.oauth.token.scopes import scopes_of_account
from argus.services.auth.resources.registry import ResourceRegistry
from argus.services.auth.revocations.repository import Revocations
from argus.services.auth.service_accounts.registry import ServiceAccountRegistry
from argus.services.auth.signing_keys.service import SigningKeys
from argus.services.auth.tokens.minting import Bounds, Mint, Standing


@grant(CLIENT_CREDENTIALS)
async def exchange_client_credentials(request: GrantRequest) -> TokenResponse:
    """An access token of the client's service account; neither a session nor a refresh token.

    The account's permissions of this moment are its scopes. They end with a change of the account,
    because its tokens' epoch was read before.
    """
    client, call, resources = request.client, request.call, request.call.resources
    if client.service_account_id is None:
        raise UnauthorizedClient("the client speaks for no service account")
    key = await resources.get(SigningKeys).signer()
    asked = request.form.words("scope")
    target = await resources.get(ResourceRegistry).target(client, request.resource, asked or ())
    async with call.uow.database.unit_of_work(call.principal) as uow:
        epoch = await Revocations(uow).now()
    account = await resources.get(ServiceAccountRegistry).find(client.service_account_id)
    if account is None:
        raise UnauthorizedClient("the service account is disabled")
    subject = format_id("sa", account.id)
    standing = Standing(subject, account.organization_id, (Role.SERVICE_ACCOUNT.value,), epoch)
    scopes = scopes_of_account(account, client, target, asked)
    bounds = Bounds(client_id=client.id, scopes=scopes, audience=target.identifier, jkt=request.jkt)
    minted = resources.get(Mint).mint(key, standing, bounds, None)
    await call.uow.emit(
        AccessTokenIssued(
            subject=subject,
            client_id=client.id,
            grant=CLIENT_CREDENTIALS,
            scopes=[*scopes],
            audience=target.identifier,
            actors=[],
        ),
        account.organization_id,
    )
    return answer_of(minted, scopes, request.jkt, call.clock.now())
