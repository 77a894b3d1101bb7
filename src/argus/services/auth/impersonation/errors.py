"""Errors of impersonation."""

from argus.kernel.errors import ArgusError


class ImpersonationRefused(ArgusError):
    """An administrator acts as another active member of their own organization, who may do no more
    than they themselves, for at most an hour and for a reason.

    The message says which of these does not hold.
    """

    code, status, title = "auth.impersonation.refused", 409, "Impersonation refused"
