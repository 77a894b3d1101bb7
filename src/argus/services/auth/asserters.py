"""Identity providers whose assertions are exchanged for tokens here (`ARGUS_AUTH_ASSERTERS`)."""

from pydantic import Field

from argus.kernel.ids import PublicOrganizationId
from argus.kernel.schema import Value


class Asserter(Value):
    """An organization's identity provider that says which clients may act for which people."""

    issuer: str = Field(min_length=1)
    """Exactly as its assertions spell it."""
    jwks_uri: str = Field(min_length=1)
    """Where its keys are: never what an assertion says."""
    organization_id: PublicOrganizationId
    """Whose people it speaks of; the tokens are for this organization only."""
