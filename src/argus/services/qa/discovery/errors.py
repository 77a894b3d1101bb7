"""What keeps discovery from starting."""

from argus.kernel.errors import ArgusError


class LoginFailed(ArgusError):
    """The application did not let the user in.

    The detail says what was seen. Check user name, password and login address by hand; a second
    factor or a captcha must be off for the test user.
    """

    code, status, title = "qa.login.failed", 422, "Login failed"
