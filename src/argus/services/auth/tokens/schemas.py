"""Refreshing on the wire, and the answer that it shares with signing in."""

from typing import Literal

from pydantic import Field

from argus.kernel.ids import PublicOrganizationId, PublicSessionId, PublicUserId
from argus.kernel.schema import Request, Response


class RefreshTokens(Request):
    """Exchange a refresh token for new tokens."""

    refresh_token: str = Field(min_length=1, max_length=200)
    organization_id: PublicOrganizationId | None = None
    """The organization to switch to; left out, the tokens are for the same one as before."""


class TokenAnswer(Response):
    """Tokens of a session, for one organization. Shown once: only a hash is kept."""

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int
    """Seconds until the access token expires."""
    refresh_token: str
    session_id: PublicSessionId
    organization_id: PublicOrganizationId
    user_id: PublicUserId
