"""Exchanging refresh tokens."""

from datetime import datetime

from argus.kernel.authz import public
from argus.kernel.http.problems import problems
from argus.kernel.http.routing import CallDep, service_router
from argus.services.auth.sessions.service import FIRST_PARTY
from argus.services.auth.tokens.errors import OrganizationNotFound, RefreshTokenInvalid
from argus.services.auth.tokens.schemas import RefreshTokens, TokenAnswer
from argus.services.auth.tokens.service import IssuedTokens, Refresh, TokenService

router = service_router("auth", prefix="/api/v1/auth", tags=["tokens"])


@router.post(
    "/refresh",
    summary="Exchange a refresh token for new tokens",
    responses=problems(RefreshTokenInvalid, OrganizationNotFound),
    dependencies=[public("the refresh token is the credential")],
)
async def refresh_tokens(body: RefreshTokens, call: CallDep) -> TokenAnswer:
    """The refresh token is used up: keep the new one. Name another organization to switch to it."""
    issued = await call.resources.get(TokenService).refresh(
        body.refresh_token,
        Refresh(client_id=FIRST_PARTY, organization_id=body.organization_id),
        call.principal,
    )
    return answer(issued, call.clock.now())


def answer(issued: IssuedTokens, now: datetime) -> TokenAnswer:
    """Tokens as they are sent: what expires is told in seconds from now."""
    return TokenAnswer(
        access_token=issued.access_token,
        token_type="Bearer",  # noqa: S106 - RFC 6749 section 7.1
        expires_in=int((issued.access_token_expires_at - now).total_seconds()),
        refresh_token=issued.refresh_token,
        session_id=issued.session_id,
        organization_id=issued.organization_id,
        user_id=issued.user_id,
    )
