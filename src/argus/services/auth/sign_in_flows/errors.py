"""Errors of sign-ins under way."""

from argus.kernel.errors import ArgusError


class CredentialsInvalid(ArgusError):
    """The e-mail address and the password do not belong together, or the account is closed.

    Which of them is wrong is not told. Check both, or set a new password.
    """

    code, status, title = "auth.credentials.invalid", 401, "Sign-in refused"


class SignInFlowEnded(ArgusError):
    """This sign-in is over: it was completed, took longer than ten minutes, had five wrong codes,
    or the password was changed meanwhile.

    Begin again with the first factor.
    """

    code, status, title = "auth.sign_in.flow_ended", 401, "Sign-in is over"
