"""What a token is, on the wire (RFC 7662 section 2.2)."""

from typing import Literal

from argus.kernel.ids import PublicOrganizationId
from argus.kernel.schema import Response
from argus.services.auth.access_token import Actor, Confirmation


class Introspection(Response):
    """What is None is left out; of an inactive token, all but `active`."""

    active: bool
    scope: str | None = None
    client_id: str | None = None
    token_type: Literal["Bearer", "DPoP"] | None = None
    """Of an access token."""
    exp: int | None = None
    iat: int | None = None
    sub: str | None = None
    aud: str | None = None
    iss: str | None = None
    jti: str | None = None
    org: PublicOrganizationId | None = None
    act: Actor | None = None
    """Who acts for the subject (RFC 8693 section 4.1)."""
    cnf: Confirmation | None = None
    """The key that the token is bound to (RFC 9449 section 6.2)."""
    auth_time: int | None = None
    acr: str | None = None
    """How strongly the person authenticated (RFC 9470 section 6.2)."""
    amr: tuple[str, ...] | None = None
