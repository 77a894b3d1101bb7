"""Other issuers whose access tokens count here, as `ARGUS_AUTH_ACCEPTED_ISSUERS` names them."""

from typing import Annotated, Literal

from pydantic import Field

from argus.contracts.permissions import Role
from argus.kernel.ids import PublicOrganizationId
from argus.kernel.schema import Value


class _AcceptedIssuer(Value):
    issuer: str = Field(min_length=1)
    """Exactly as its tokens spell it."""
    jwks_uri: str = ""
    """Where its keys are; empty means `/.well-known/jwks.json` below the issuer."""
    organization_id: PublicOrganizationId
    """Whose members its people are."""
    audience: str = ""
    """What a token's `aud` must name, if it has one."""
    roles: tuple[Role, ...] = ()
    """Of everybody."""
    roles_by_group: dict[str, tuple[Role, ...]] = Field(default_factory=dict)
    """Of the people in a group, more; a group that is not named gives nothing."""
    groups_claim: str
    scope_prefix: str | None = None
    """Set, a token may do only what it has a scope for: this and the name of a permission."""

    @property
    def keys_uri(self) -> str:
        """Where its keys are: never what a token says, which would let everybody be an issuer."""
        return self.jwks_uri or f"{self.issuer}/.well-known/jwks.json"


class CognitoIssuer(_AcceptedIssuer):
    """A user pool of Amazon Cognito: its access tokens, not its ID tokens."""

    kind: Literal["cognito"]
    clients: tuple[str, ...] = Field(min_length=1)
    """Ids of the application clients whose tokens count."""
    groups_claim: str = "cognito:groups"


class ClerkIssuer(_AcceptedIssuer):
    """An instance of Clerk: its session tokens."""

    kind: Literal["clerk"]
    authorized_parties: tuple[str, ...] = Field(min_length=1)
    """Origins of the applications whose tokens count (`azp`)."""
    groups_claim: str = "org_role"


class JwtIssuer(_AcceptedIssuer):
    """Any issuer of JWT access tokens with an audience."""

    kind: Literal["jwt"]
    audience: str = Field(min_length=1)
    clients: tuple[str, ...] = ()
    """Whose tokens count, by `client_id` or `azp`; empty means every client's."""
    type: Literal["at+jwt", "jwt"] = "at+jwt"
    """`jwt` for issuers that do not follow RFC 9068, whose tokens may lack a type."""
    groups_claim: str = "groups"


AcceptedIssuer = Annotated[CognitoIssuer | ClerkIssuer | JwtIssuer, Field(discriminator="kind")]
