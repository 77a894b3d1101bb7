"""Errors of impersonation."""

from argus.kernel.errors import ArgusError


class ImpersonationRefused(ArgusError):
    """An administrator acts as another active member of their own organization, who may do no more
    than they themselves, for at most an hour and for a reason.

    The message says which of these does not hold.
    """

    code, status, title = "auth.impersonation.refused", 409, "Impersonation refused"


class ImpersonationNotFound(ArgusError):
    """There is no such impersonation that runs, or none that you may end.

    `GET /api/v1/impersonations` lists those of the organization.
    """

    code, status, title = "auth.impersonation.not_found", 404, "Impersonation not found"


class ImpersonationGrantNotFound(ArgusError):
    """This person may not begin impersonations: there is nothing to withdraw."""

    code, status, title = "auth.impersonation.grant_not_found", 404, "No such grant"
