"""Errors of signing keys."""

from argus.kernel.errors import ArgusError


class SigningKeyNotFound(ArgusError):
    """No published signing key has this id.

    `argus admin signing-keys list` shows those that there are; one that is not among them signs
    nothing, and its tokens are refused.
    """

    code, status, title = "auth.signing_key.not_found", 404, "Signing key not found"
