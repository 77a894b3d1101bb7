"""Errors of signing up."""

from argus.kernel.errors import ArgusError


class SignUpClosed(ArgusError):
    """This installation takes no new accounts, or only those of invited people.

    Ask a member of your organization to invite you; the invitation's link holds the token.
    """

    code, status, title = "auth.sign_up.closed", 403, "Sign-up closed"
