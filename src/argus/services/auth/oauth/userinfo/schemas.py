"""Who the person is, on the wire."""

from argus.kernel.ids import PublicUserId
from argus.kernel.schema import Response


class UserInfo(Response):
    """OpenID Connect Core 1.0 section 5.3.2; what the scopes do not allow is left out."""

    sub: PublicUserId
    name: str | None = None
    email: str | None = None
    email_verified: bool | None = None
