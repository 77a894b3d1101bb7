"""Validation on the wire."""

from datetime import datetime

from pydantic import Field

from argus.contracts.auth.reasons import InactiveReason
from argus.kernel.ids import PublicOrganizationId, PublicProjectId, PublicSessionId
from argus.kernel.principal import AuthenticationMethod, PrincipalKind
from argus.kernel.schema import Request, Response

MAX_BATCH = 100
"""Credentials that one question may be about."""
MAX_CREDENTIAL, MAX_AUDIENCE = 20_000, 2000
"""Characters."""
MAX_PERMISSIONS = 20
"""That a proxy may ask for at once."""


class Possession(Request):
    """That the sender of a request holds the key that its token is bound to (RFC 9449)."""

    jwt: str = Field(max_length=20_000)
    """The request's `DPoP` header."""
    method: str = Field(max_length=20)
    url: str = Field(max_length=2000)
    """Of the request, as its sender sees it."""


class Validation(Request):
    """Is this credential good?"""

    token: str = Field(min_length=1, max_length=MAX_CREDENTIAL)
    """An access token or an API key, of the caller's organization."""
    audience: str = Field(default="", max_length=MAX_AUDIENCE)
    """Whom the token must be for; left out, this platform."""
    proof: Possession | None = None
    """For a token that came as `Authorization: DPoP`. One proof is good for one question."""


class Validations(Request):
    """Are these credentials good?"""

    questions: list[Validation] = Field(min_length=1, max_length=MAX_BATCH)


class PrincipalView(Response):
    """An authenticated caller."""

    kind: PrincipalKind
    id: str
    organization_id: PublicOrganizationId | None
    project_id: PublicProjectId | None
    roles: list[str]
    scopes: list[str] | None
    """Null: not limited by scopes."""
    permissions: list[str]
    """Roles, scopes and kind of credential, already intersected."""
    method: AuthenticationMethod
    session_id: PublicSessionId | None
    authenticated_at: datetime | None
    strength: list[str]
    """Authentication methods references (RFC 8176)."""
    actors: list[str]
    """Who acts for the principal, outermost first."""
    client_id: str
    credential: str
    """The API key or session that spoke."""


class ValidationAnswer(Response):
    """Who presents the credential, or why it is not good."""

    active: bool
    reason: InactiveReason | None
    principal: PrincipalView | None
    expires_at: datetime | None
    """The answer must not be used after this; null: until the credential is revoked."""


class ValidationAnswers(Response):
    """As many answers as there were questions, in their order."""

    answers: list[ValidationAnswer]
