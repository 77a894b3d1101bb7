"""What keeps discovery from starting."""

from argus.kernel.errors import ArgusError


class LoginPageBroken(Exception):
    """The page to sign in at is a defect itself; opening it again shows which."""


class LoginFailed(ArgusError):
    """The application did not let the user in.

    The detail says what was seen. Check user name, password and login address by hand; a second
    factor or a captcha must be off for the test user.
    """

    code, status, title = "qa.login.failed", 422, "Login failed"
