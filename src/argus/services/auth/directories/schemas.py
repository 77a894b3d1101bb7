"""Signing in by a directory on the wire."""

from pydantic import Field

from argus.kernel.ids import PublicOrganizationId
from argus.kernel.schema import Request
from argus.services.auth.sign_in.schemas import Secret


class DirectoryIdentity(Request):
    """Who one is in a directory."""

    directory: str = Field(max_length=100)
    """Name of a provider that takes passwords."""
    username: str = Field(min_length=1, max_length=320)
    password: Secret = Field(repr=False)


class DirectorySignInRequest(DirectoryIdentity):
    """Sign in by a directory's user name and password."""

    organization_id: PublicOrganizationId | None = None
    """The organization that the tokens are for; left out, the personal one."""
