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


class NoPageSeen(ArgusError):
    """The address opened no page that could be looked at, so there is nothing to test.

    It may answer with a file or with nothing, its page may keep moving on by itself, or the time
    budget may be too short for it. Open it by hand; give the address of a page, or more time.
    """

    code, status, title = "qa.application.no_page", 422, "No page to test"
