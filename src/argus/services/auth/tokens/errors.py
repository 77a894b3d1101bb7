"""Errors of refreshing."""

from argus.kernel.errors import ArgusError


class RefreshTokenInvalid(ArgusError):
    """The refresh token is not valid: unknown, expired, revoked, or used before.

    Sign in again. A client that refreshes from several places at once may repeat the same request
    within the grace window (20 s by default) and gets the same answer; using an old refresh token
    later ends the session, because one of its two holders may be a thief.
    """

    code, status, title = "auth.refresh_token.invalid", 401, "Refresh token not valid"


class OrganizationNotFound(ArgusError):
    """The person is no member of the organization that the tokens are asked for.

    Name another one with `organization_id`; `GET /api/v1/organizations` lists them.
    """

    code, status, title = "auth.organization.not_found", 404, "Organization not found"


class ScopeNotGranted(ArgusError):
    """A scope is asked for that was not granted with the refresh token.

    Leave `scope` out to get what was granted, or send the person to authorize the client anew.
    """

    code, status, title = "auth.refresh_token.scope_not_granted", 422, "Scope not granted"


class AudienceNotGranted(ArgusError):
    """Tokens for another resource are asked for than the refresh token was granted for.

    Leave `resource` out, or send the person to authorize the client for that resource.
    """

    code, status, title = "auth.refresh_token.audience_not_granted", 422, "Resource not granted"
