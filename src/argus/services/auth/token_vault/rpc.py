"""The token vault for sibling services."""

from argus.contracts.auth.rpc import LEND_UPSTREAM_TOKEN
from argus.contracts.auth.v1 import auth_pb2 as pb
from argus.kernel.authz import internal
from argus.kernel.ids import UserId, parse_id
from argus.kernel.module import Call
from argus.kernel.rpc.dispatch import rpc
from argus.services.auth.token_vault.service import TokenVault


@rpc(LEND_UPSTREAM_TOKEN, internal())
async def lend_upstream_token(
    request: pb.LendUpstreamTokenRequest, call: Call
) -> pb.LendUpstreamTokenResponse:
    """A provider's access token, for a service that may act for the user there."""
    tokens = await call.resources.get(TokenVault).lend(
        UserId(parse_id("usr", request.user_id)),
        request.provider,
        call.caller,
        call.principal,
    )
    return pb.LendUpstreamTokenResponse(
        access_token=tokens.access_token,
        expires_at=int(tokens.expires_at.timestamp()) if tokens.expires_at else 0,
        scopes=tokens.scopes,
    )
