"""Errors of passwords."""

from argus.kernel.errors import ArgusError


class PasswordRefused(ArgusError):
    """The new password is too easy to guess; the answer says why.

    Take at least 12 characters that are not a common password: a few words in a row are good.
    """

    code, status, title = "auth.password.refused", 422, "Password refused"
