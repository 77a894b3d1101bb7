"""Errors of the device flow (RFC 8628); the last part of a code is the word the device is told."""

from argus.kernel.errors import ArgusError


class AuthorizationPending(ArgusError):
    """The person has not decided yet. Ask again after the interval, no sooner."""

    code, status, title = "auth.device.authorization_pending", 400, "Not decided yet"


class SlowDown(ArgusError):
    """The device asked sooner than its interval allows. From now on wait `interval` seconds, which
    are five more than before.
    """

    code, status, title = "auth.device.slow_down", 400, "Asked too soon"


class AccessDenied(ArgusError):
    """The person refused to let the device in. Do not ask again."""

    code, status, title = "auth.device.access_denied", 400, "Refused by the person"


class DeviceCodeExpired(ArgusError):
    """The device code is too old. Begin anew, with a new code to show."""

    code, status, title = "auth.device.expired_token", 400, "Device code expired"


class DeviceCodeInvalid(ArgusError):
    """The device code is unknown, another client's, or was exchanged before. Begin anew."""

    code, status, title = "auth.device.invalid_grant", 400, "Device code not valid"


class UserCodeUnknown(ArgusError):
    """No device waits with this code: it was mistyped, is too old, or was used already.

    Look at the device again; if its code has changed, take the new one.
    """

    code, status, title = "auth.device.user_code_unknown", 404, "No device with this code"
