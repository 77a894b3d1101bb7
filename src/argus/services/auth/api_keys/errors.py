"""Errors of API keys."""

from argus.kernel.errors import ArgusError


class ApiKeyNotFound(ArgusError):
    """The organization has no such API key."""

    code, status, title = "auth.api_key.not_found", 404, "API key not found"


class ApiKeyEnded(ArgusError):
    """The key is revoked, expired or rotated already, so it cannot be rotated. Make a new one."""

    code, status, title = "auth.api_key.ended", 409, "API key ended"


class ScopeNotGrantable(ArgusError):
    """A scope is unknown, or no API key may carry it, or you do not hold it yourself.

    The answer names the scopes. `docs/security/permissions.md` shows which an API key may carry.
    """

    code, status, title = "auth.api_key.scope_not_grantable", 422, "Scope not grantable"


class ExpiryNotPossible(ArgusError):
    """An API key expires in the future, and no later than the organization's settings allow.

    Name another time, or none for the default of a year.
    """

    code, status, title = "auth.api_key.expiry_not_possible", 422, "Expiry not possible"


class ImportNotPossible(ArgusError):
    """A key to import cannot be one of an accepted prefix.

    `ARGUS_AUTH_IMPORTED_KEY_PREFIXES` names the prefixes of keys that were made elsewhere.
    """

    code, status, title = "auth.api_key.import_not_possible", 422, "Import not possible"
