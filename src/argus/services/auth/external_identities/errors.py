"""Errors of linked identities."""

from argus.kernel.errors import ArgusError


class IdentityNotFound(ArgusError):
    """There is no such linked identity of yours."""

    code, status, title = "auth.identity.not_found", 404, "Linked identity not found"
