"""Errors of passkeys."""

from argus.kernel.errors import ArgusError


class PasskeyInvalid(ArgusError):
    """The answer of the browser or security key was not accepted.

    It was made for another site, the challenge is older than five minutes or was answered before,
    or the signature does not match. Ask for new options, then try again.
    """

    code, status, title = "auth.passkey.invalid", 422, "Passkey not accepted"


class PasskeyNotFound(ArgusError):
    """You have no such passkey. `GET /api/v1/auth/passkeys` lists yours."""

    code, status, title = "auth.passkey.not_found", 404, "Passkey not found"
