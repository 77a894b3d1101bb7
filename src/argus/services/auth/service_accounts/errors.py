"""Errors of service accounts."""

from argus.kernel.errors import ArgusError


class ServiceAccountNotFound(ArgusError):
    """The organization has no such service account, or it was disabled."""

    code, status, title = "auth.service_account.not_found", 404, "Service account not found"


class PermissionNotGrantable(ArgusError):
    """A permission is unknown, or no machine may have it, or you do not have it yourself.

    The answer names the permissions. `docs/security/permissions.md` shows which of them the
    credentials of a service account may carry. Who makes a credential of a service account needs
    all that the account may do.
    """

    code, status, title = (
        "auth.service_account.permission_not_grantable",
        422,
        "Permission not grantable",
    )
