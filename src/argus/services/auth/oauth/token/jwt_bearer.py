"""The JWT bearer grant (RFC 7523 section 2.1), for identity assertions only (ID-JAG)."""

from argus.contracts.auth.events import AccessTokenIssued
from argus.kernel.ids import format_id
from argus.services.auth.clients.metadata import JWT_BEARER
from argus.services.auth.oauth.errors import InvalidGrant, InvalidScope, UnauthorizedClient
from argus.services.auth.oauth.identity_assertions.service import IdentityAssertions
from argus.services.auth.oauth.token.grants import GrantRequest, TokenResponse, answer_of, grant
from argus.services.auth.resources.errors import InvalidTarget
from argus.services.auth.resources.registry import ResourceRegistry
from argus.services.auth.resources.resource import IDENTITY_SCOPES
from argus.services.auth.tokens.errors import OrganizationNotFound
from argus.services.auth.tokens.minting import Bounds, Mint
from argus.services.auth.tokens.service import TokenService


@grant(JWT_BEARER)
async def exchange_assertion(request: GrantRequest) -> TokenResponse:
    """An access token for the person whose identity provider vouches for the client, and no refresh
    token: the provider decides each time (section 4.4.1 of the draft).
    """
    client, call, resources = request.client, request.call, request.call.resources
    if client.metadata.is_public:
        raise UnauthorizedClient("only a client with a credential may present assertions")
    assertions, tokens = resources.get(IdentityAssertions), resources.get(TokenService)
    assertion = await assertions.read(request.form.require("assertion"), client.id)
    asked = request.form.words("scope")
    named = request.resource or assertion.resource
    target = await resources.get(ResourceRegistry).target(client, named, asked or assertion.scopes)
    if assertion.resource is not None:
        vouched = await resources.get(ResourceRegistry).find(assertion.resource)
        if vouched is None or vouched.identifier != target.identifier:
            raise InvalidTarget("the assertion is for another resource")
    offered = target.scopes.keys() - IDENTITY_SCOPES.keys()
    ceiling = assertion.scopes & client.permitted(offered)
    scopes = ceiling if asked is None else asked
    if not scopes or not scopes <= ceiling:
        raise InvalidScope("the assertion does not grant that")
    async with call.uow.database.unit_of_work(call.principal) as uow:
        user_id = await assertions.use(uow, assertion)
    try:
        authority = await tokens.authority(
            user_id, assertion.asserter.organization_id, call.principal
        )
    except OrganizationNotFound:
        authority = None
    if authority is None:
        raise InvalidGrant("the person is no member of the organization")
    bounds = Bounds(client_id=client.id, scopes=scopes, audience=target.identifier, jkt=request.jkt)
    minted = await resources.get(Mint).mint(authority.key, authority.standing, bounds, None)
    await call.uow.emit(
        AccessTokenIssued(
            subject=format_id("usr", user_id),
            client_id=client.id,
            grant=JWT_BEARER,
            scopes=sorted(scopes),
            audience=target.identifier,
            actors=[],
        ),
        authority.organization_id,
    )
    return answer_of(minted, tuple(sorted(scopes)), request.jkt, call.clock.now())
