"""Errors of second factors."""

from argus.kernel.errors import ArgusError


class TotpAlreadyEnrolled(ArgusError):
    """An authenticator app is set up for this account already.

    Remove it first (`DELETE /api/v1/auth/mfa/totp`), then set up the new one.
    """

    code, status, title = "auth.totp.already_enrolled", 409, "Authenticator app already set up"


class TotpNotEnrolled(ArgusError):
    """No authenticator app is set up, or none waits to be confirmed.

    `POST /api/v1/auth/mfa/totp` begins to set one up.
    """

    code, status, title = "auth.totp.not_enrolled", 404, "No authenticator app"


class SecondFactorRefused(ArgusError):
    """The code or the passkey was not accepted: wrong, out of date, or used before.

    Take the code that the app shows now, or a recovery code that was not used yet.
    """

    code, status, title = "auth.second_factor.refused", 401, "Second factor refused"
