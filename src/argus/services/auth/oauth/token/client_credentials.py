"""The client credentials grant (RFC 6749 section 4.4): a client speaks for its service account."""

from argus.contracts.permissions import Role
from argus.kernel.ids import format_id
from argus.services.auth.clients.metadata import CLIENT_CREDENTIALS
from argus.services.auth.oauth.errors import UnauthorizedClient
from argus.services.auth.oauth.token.grants import TokenRequest, TokenResponse, answer_of, grant
from argus.services.auth.oauth.token.scopes import scopes_of_account
from argus.services.auth.resources.registry import ResourceRegistry
from argus.services.auth.signing_keys.service import SigningKeys
from argus.services.auth.tokens.issuances import Issuance, Issuances
from argus.services.auth.tokens.minting import Bounds, Mint, Standing


async def issue_to_machine(request: TokenRequest) -> TokenResponse:
    """An access token of the client's service account; neither a session nor a refresh token.

    The account's permissions are its scopes. They end with a change of the account or its client,
    because the token has the epoch from before both were read.
    """
    client, account, resources = request.client, request.known.account, request.resources
    if client.service_account_id is None:
        raise UnauthorizedClient("the client speaks for no service account")
    if account is None:
        raise UnauthorizedClient("the service account is disabled")
    key = await resources.get(SigningKeys).signer()
    asked = request.form.words("scope")
    target = await resources.get(ResourceRegistry).target(client, request.resource, asked or ())
    scopes = scopes_of_account(account, client, target, asked)
    subject, organization_id = format_id("sa", account.id), account.organization_id
    minted = await resources.get(Mint).mint(
        key,
        Standing(subject, organization_id, (Role.SERVICE_ACCOUNT.value,), request.known.epoch),
        Bounds(client_id=client.id, scopes=scopes, audience=target.identifier, jkt=request.jkt),
        None,
    )
    now = request.clock.now()
    resources.get(Issuances).note(
        Issuance(
            organization_id,
            subject,
            client.id,
            CLIENT_CREDENTIALS,
            scopes,
            target.identifier,
            request.sender.address,
        ),
        minted.id,
        now,
    )
    return answer_of(minted, scopes, request.jkt, now)


exchange_client_credentials = grant(CLIENT_CREDENTIALS, reads_client_anew=False)(issue_to_machine)
