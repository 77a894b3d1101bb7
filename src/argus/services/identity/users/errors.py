"""Errors about users."""

from argus.kernel.errors import ArgusError


class UserNotFound(ArgusError):
    """There is no such user."""

    code, status, title = "identity.user.not_found", 404, "User not found"


class EmailTaken(ArgusError):
    """Somebody is registered with this address already; letter case makes no difference.

    Sign in instead, or register with another address.
    """

    code, status, title = "identity.user.email_taken", 409, "Address already registered"
