"""Personal access tokens on the wire."""

from typing import Annotated

from pydantic import AwareDatetime, Field

from argus.kernel.schema import Request, Response
from argus.services.auth.api_keys.schemas import ApiKeyView, KeyName


class PersonalTokenRequest(Request):
    """A new personal access token."""

    name: KeyName
    """For its person: where it is used."""
    scopes: Annotated[list[str], Field(max_length=100)]
    """Permissions such as `test:execute`. None means no access."""
    expires_at: AwareDatetime | None = None
    """Left out, a year from now."""


class PersonalTokens(Response):
    """A person's access tokens for one organization, the newest first."""

    items: list[ApiKeyView]
